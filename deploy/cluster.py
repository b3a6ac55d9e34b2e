"""Distributed mode on one machine: each service a process of its own over PostgreSQL and Apache Kafka."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url

from deploy.engines import create_databases, database_url, free_port
from kernel.keys import secret_file

SERVICES = ("ingest", "verify", "social", "persona", "gateway")
DATABASES = (*SERVICES, "keyring")
READY_S = 60.0
STOP_S = 30.0


class NotReady(RuntimeError):
    """A process ended, or did not answer that it is ready in time."""


@dataclass(slots=True)
class Cluster:
    """The processes of a distributed platform; each can be killed and started again under the same address."""

    data_dir: Path
    key_dir: Path
    postgres_url: str
    kafka_bootstrap: str
    ports: dict[str, int]
    database_prefix: str = ""
    extra_env: dict[str, str] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """The gateway's address."""
        return f"http://127.0.0.1:{self.ports['gateway']}"

    def environment(self, service: str) -> dict[str, str]:
        """What a service's process is told: its own database and keys, the log, and where the others are."""
        address = {f"{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in self.ports.items()}
        return {
            **os.environ,
            **address,
            "DATA_DIR": str(self.data_dir / (service if service != "gateway" else "")),
            "KEY_DIR": str(self.key_dir / service),
            "DATABASE_URL": self._database_url(service),
            "KEYRING_URL": self._database_url("keyring"),
            "LOG_URL": f"kafka://{self.kafka_bootstrap}",
            "INTERNAL_KEY": secret_file(self.key_dir, "internal.key").hex(),
            "HOST": "127.0.0.1",
            "PORT": str(self.ports[service]),
            **self.extra_env,
        }

    def start(self, service: str, *, name: str = "", env: Mapping[str, str] | None = None) -> None:
        """Start a process of `service` (further ones under a `name` and with an `env` of their own); its output goes
        to a file of its own in the data folder."""
        name = name or service
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / f"{name}.out").open("ab") as out:
            self.processes[name] = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "deploy.cli", "up", service],
                env={**self.environment(service), **(env or {})},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def kill(self, service: str) -> None:
        """End a process as a crash would: no handler runs."""
        process = self.processes.pop(service)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def wait_ready(self, *, seconds: float = READY_S) -> None:
        """Return when the gateway says that every part is ready. Raises NotReady with what is missing."""
        deadline = time.monotonic() + seconds
        answer = "no answer"
        while time.monotonic() < deadline:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise NotReady(f"{name} ended with {process.returncode}; see {self.data_dir / name}.out")
            try:
                with urllib.request.urlopen(f"{self.base_url}/readyz", timeout=2) as reply:  # noqa: S310 - our own address
                    if reply.status == 200:
                        return
            except urllib.error.HTTPError as error:
                answer = error.read().decode(errors="replace")
            except OSError as error:
                answer = str(error)
            time.sleep(0.1)
        raise NotReady(f"not ready after {seconds:.0f} s: {answer}")

    def stop(self) -> None:
        """End every process: politely, and after STOP_S at once."""
        for process in self.processes.values():
            process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in self.processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def _database_url(self, name: str) -> str:
        return database_url(self.postgres_url, self.database_prefix + name)


@contextmanager
def cluster(
    data_dir: Path,
    key_dir: Path,
    postgres_url: str,
    kafka_bootstrap: str,
    *,
    port: int | None = None,
    database_prefix: str = "",
    extra_env: dict[str, str] | None = None,
) -> Iterator[Cluster]:
    """All five services run and are ready inside this block. Raises NotReady where one does not come up."""
    ports = {name: free_port() for name in SERVICES}
    ports["gateway"] = port or ports["gateway"]
    made = Cluster(data_dir, key_dir, postgres_url, kafka_bootstrap, ports, database_prefix, extra_env or {})
    create_databases(postgres_url, [database_prefix + name for name in DATABASES])
    try:
        for service in SERVICES:
            made.start(service)
        made.wait_ready()
        yield made
    finally:
        made.stop()


def server_url(url: str) -> str:
    """A server's URL without a database, from any URL of it."""
    return make_url(url).set(database=None).render_as_string(hide_password=False)
