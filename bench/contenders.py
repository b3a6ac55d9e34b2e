"""The three ways to store a record that are compared, each behind a port, each with the processes that it costs."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import OctKey

from bench.idiomatic import SECRET
from deploy.cluster import cluster
from deploy.demo.connect import read_credentials
from deploy.engines import create_databases, free_port


@dataclass(frozen=True)
class Contender:
    """Something that takes records at `port`; `pids` are its processes, the database's apart."""

    name: str
    port: int
    token: str
    pids: dict[str, int]


@contextmanager
def plain_app(name: str, module: str, variable: str, postgres: str, folder: Path) -> Iterator[Contender]:
    """A yardstick: one uvicorn worker with the platform's own server settings."""
    create_databases(postgres, [name])
    port = free_port()
    driver = "postgresql" if name == "raw" else "postgresql+asyncpg"
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
        _wait(port)
        token = jwt.encode({"alg": "HS256"}, {"sub": "bench"}, OctKey.import_key(SECRET))
        yield Contender(name, port, token, {name: process.pid})
    finally:
        process.terminate()
        process.wait()


@contextmanager
def ours(postgres: str, kafka: str, folder: Path) -> Iterator[Contender]:
    """The distributed platform, every service running."""
    with cluster(folder / "data", folder / "keys", postgres, kafka, database_prefix="bench_") as made:
        credentials = read_credentials(made.data_dir)["collector"]
        token = _token(made.base_url, credentials["client_id"], credentials["client_secret"])
        pids = {name: process.pid for name, process in made.processes.items()}
        yield Contender("chandung", made.ports["gateway"], token, pids)


def _token(base_url: str, client_id: str, secret: str) -> str:
    import httpx2

    reply = httpx2.post(
        f"{base_url}/oauth/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret)
    )
    token: str = reply.raise_for_status().json()["access_token"]
    return token


def _wait(port: int, *, ready: Callable[[], bool] | None = None) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json", timeout=1).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing listens on {port}")
