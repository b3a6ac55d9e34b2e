"""The three ways to store a record that are compared, each behind a port, each with the processes that it costs."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
from joserfc import jwt
from joserfc.jwk import OctKey

from bench.idiomatic import SECRET
from deploy.cluster import cluster
from deploy.demo.connect import read_credentials
from deploy.demo.study import study_body
from deploy.engines import create_databases, free_port
from deploy.real import platform
from kernel.contracts.topics import TOPICS
from services.persona.lake.repository.delta import FactLake
from services.persona.lake.stream.facts import GROUP

RECORDS = "records.accepted"

APPS = {
    "raw": ("bench.raw_limit:app", "RAW_DATABASE_URL", "postgresql"),
    "idiomatic": ("bench.idiomatic:app", "IDIOMATIC_DATABASE_URL", "postgresql+asyncpg"),
}


@dataclass(frozen=True)
class Contender:
    """Something that takes records at `port`."""

    name: str
    port: int
    token: str
    accepting: tuple[int, ...]
    """The processes that accepting a record costs, the database's apart."""
    others: tuple[int, ...] = ()
    """The processes that carry records on from there."""
    gateway: int | None = None
    credentials: dict[str, Any] = field(default_factory=dict)
    settle: Callable[[], None] | None = None
    """Lets the database write out what others left, so that nobody pays for them."""
    lake: FactLake | None = None
    """Persona's facts, seen from outside."""

    def facts_read(self) -> int:
        """How many accepted records the facts hold: the events of them that are read and committed."""
        places = [(RECORDS, partition) for partition in range(TOPICS[RECORDS].partitions)]
        return sum(self.lake.positions(places).values()) if self.lake else 0


@contextmanager
def plain_app(name: str, postgres: str, folder: Path) -> Iterator[Contender]:
    """A yardstick: one uvicorn worker with the platform's own server settings."""
    module, variable, driver = APPS[name]
    create_databases(postgres, [name])
    port = free_port()
    url = f"{driver}://{postgres.split('://', 1)[1]}/{name}"
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        module,
        "--port",
        str(port),
        "--no-access-log",
        "--loop",
        "uvloop",
    ]
    with (folder / f"{name}.out").open("wb") as out:
        process = subprocess.Popen(command, env={**os.environ, variable: url}, stdout=out, stderr=out)
    try:
        wait_listening(port)
        token = jwt.encode({"alg": "HS256"}, {"sub": "bench"}, OctKey.import_key(SECRET))
        yield Contender(name, port, token, (process.pid,), settle=partial(checkpoint, postgres))
    finally:
        process.terminate()
        process.wait()


@contextmanager
def ours(postgres: str, kafka: str, folder: Path) -> Iterator[Contender]:
    """The distributed platform with a second gateway and a second ingest that only answer requests: what those and the
    database cost is accepting, what the others cost is carrying on."""
    env = {"VIEW_MAX_AGE_S": "120"}  # the ledger's heartbeats stop while the others stand still
    with cluster(
        folder / "data", folder / "keys", postgres, kafka, database_prefix="bench_", extra_env=env
    ) as made:
        others = tuple(process.pid for process in made.processes.values())
        doors = {"GATEWAY_URL": "", "INGEST_URL": f"http://127.0.0.1:{free_port()}"}
        for service, url in (("ingest", doors["INGEST_URL"]), ("gateway", f"http://127.0.0.1:{free_port()}")):
            port = url.rpartition(":")[2]
            made.start(service, name=f"{service}-doors", env={**doors, "BACKGROUND": "false", "PORT": port})
            wait_listening(int(port))
        pids = {name: process.pid for name, process in made.processes.items()}
        credentials = read_credentials(made.data_dir)
        token = _token(url, credentials["collector"])
        accepting = (pids["gateway-doors"], pids["ingest-doors"])
        settle = partial(checkpoint, postgres)
        lake = FactLake(str(made.data_dir / "persona" / "lake"), GROUP)
        yield Contender("ours", int(port), token, accepting, others, accepting[0], credentials, settle, lake)


def checkpoint(postgres: str) -> None:
    """Make PostgreSQL write out everything that is dirty."""

    async def run() -> None:
        connection = await asyncpg.connect(f"{postgres}/postgres")
        await connection.execute("CHECKPOINT")
        await connection.close()

    asyncio.run(run())


@contextmanager
def standing_still(pids: Iterable[int]) -> Iterator[None]:
    """These processes are stopped inside the block."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@contextmanager
def embedded(folder: Path) -> Iterator[Contender]:
    """The embedded platform: one process, SQLite."""
    with platform(folder / "embedded") as address:
        credentials = read_credentials(folder / "embedded" / "data")
        pid = int((folder / "embedded" / "data" / "lock").read_text())
        port = int(address.rsplit(":", 1)[1])
        yield Contender(
            "embedded", port, _token(address, credentials["collector"]), (pid,), credentials=credentials
        )


def wait_read(contender: Contender, records: int, *, seconds: float = 300.0) -> None:
    """Return when the facts hold `records` accepted records. Raises TimeoutError.

    Looks at the lake's own log, which costs the platform nothing; each question to the API counts the whole lake.
    """
    deadline = time.monotonic() + seconds
    while contender.facts_read() < records:
        if time.monotonic() > deadline:
            raise TimeoutError("the facts did not arrive")
        time.sleep(0.05)


def wait_visible(contender: Contender, *, seconds: float = 300.0) -> None:
    """Return when every record accepted until now is in persona's facts. Raises TimeoutError."""
    address, sent = f"http://127.0.0.1:{contender.port}", datetime.now(UTC)
    token = _token(address, contender.credentials["operator"])
    with httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
        study = client.post("/v1/studies", json=study_body(sent)).raise_for_status().json()["id"]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            coverage = client.get(f"/v1/studies/{study}/coverage").raise_for_status().json()
            if coverage["facts_until"] and datetime.fromisoformat(coverage["facts_until"]) >= sent:
                return
            time.sleep(0.5)
    raise TimeoutError("the facts did not arrive")


def _token(base_url: str, client: dict[str, Any]) -> str:
    auth = (client["client_id"], client["client_secret"])
    reply = httpx2.post(f"{base_url}/oauth/token", data={"grant_type": "client_credentials"}, auth=auth)
    token: str = reply.raise_for_status().json()["access_token"]
    return token


def wait_listening(port: int) -> None:
    """Return when something listens. Raises TimeoutError."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")
