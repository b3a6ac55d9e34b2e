"""Fixtures on a real PostgreSQL and a real Apache Kafka: `postgres_url` and `kafka_bootstrap`.

One server of each kind serves a whole run: started by the first test that wants it, shared by all xdist workers,
stopped by the controller, or by itself when the controller dies. `TEST_POSTGRES_URL` and `TEST_KAFKA_BOOTSTRAP`
name servers that run already. Where an engine cannot be had the tests skip; with `CI=true` they fail.

Whoever asks for a fixture is marked `engines`, and a test marked `engines` may connect to this machine (and to the
servers named above), and to nothing else.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import make_url

from deploy.engines import (
    EngineMissing,
    create_databases,
    database_url,
    drop_databases,
    fetch_kafka,
    find_postgres,
    kafka_broker,
    postgres_server,
)

FIXTURES = {"postgres_url", "postgres_server_url", "kafka_bootstrap", "engine_folder", "own_engines"}
LOCAL = ["127.0.0.1", "localhost"]
STOP_S = 40.0  # each of two engines is given 15 s before it is killed


class Engines(NamedTuple):
    """Servers that one test has for itself, and the folder of everything that they write."""

    folder: Path
    postgres: str
    kafka: str


FOLDER = pytest.StashKey[Path]()
SESSION = pytest.StashKey[TextIOWrapper]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark who uses an engine (before `-m` selects), and let those connect to where an engine can be."""
    for item in items:
        if FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("engines")
        if item.get_closest_marker("engines"):
            item.add_marker(pytest.mark.allow_hosts(LOCAL + named_hosts()))


def named_hosts() -> list[str]:
    """Return the hosts of the servers that the environment names."""
    brokers = filter(None, os.environ.get("TEST_KAFKA_BOOTSTRAP", "").split(","))
    hosts = [broker.strip().rpartition(":")[0] for broker in brokers]
    if url := os.environ.get("TEST_POSTGRES_URL"):
        hosts.append(make_url(url).host or LOCAL[0])
    return hosts


def pytest_configure(config: pytest.Config) -> None:
    """In the controller: make the folder that the workers share, and lock it for as long as we live."""
    if hasattr(config, "workerinput"):
        config.stash[FOLDER] = Path(config.workerinput["engines"])
        return
    folder = Path(tempfile.mkdtemp(prefix="chandung-engines-"))
    folder.chmod(0o711)  # PostgreSQL's own account must pass through
    config.stash[FOLDER] = folder
    config.stash[SESSION] = (folder / "session.lock").open("w")
    fcntl.flock(config.stash[SESSION], fcntl.LOCK_EX)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell each xdist worker where the shared folder is."""
    node.workerinput["engines"] = str(node.config.stash[FOLDER])  # type: ignore[attr-defined]


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """In the controller: let go of the session's lock, wait until the engines have stopped, remove the folder."""
    if (session := config.stash.get(SESSION, None)) is None:
        return
    session.close()
    for life in config.stash[FOLDER].glob("*.life"):
        await_free(life)
    shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


def await_free(path: Path) -> None:
    """Return once nobody locks a file; raise TimeoutError after 40 s."""
    deadline = time.monotonic() + STOP_S
    with path.open() as file:
        while True:
            try:
                return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{path.stem} did not stop within {STOP_S:.0f} s.") from None
                time.sleep(0.05)


def shared_engine(folder: Path, name: str) -> str:
    """Return the address of the run's one server of a kind, starting it if we are the first to ask."""
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = folder / f"{name}.address"
        if not address.exists():
            address.write_text(launch(folder, name))
        return address.read_text()


def launch(folder: Path, name: str) -> str:
    """Start a server that outlives this worker, but not the session's lock; return its address.

    It holds `NAME.life` locked until it has stopped: the lock belongs to the open file that it inherits from us.
    """
    errors = folder / f"{name}.errors"
    command = [sys.executable, "-m", "deploy.engines", "run", "--engine", name, "--data", str(folder)]
    with (folder / f"{name}.life").open("w") as life, errors.open("w") as complaints:
        fcntl.flock(life, fcntl.LOCK_EX | fcntl.LOCK_NB)
        server = subprocess.Popen(
            [*command, "--while-locked", str(folder / "session.lock")], cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, text=True,
            start_new_session=True, pass_fds=[life.fileno()],
        )  # fmt: skip
    assert server.stdout is not None
    with server.stdout:
        line = server.stdout.readline().strip()
    server.returncode = 0  # not ours to wait for: the controller does, by the lock
    if not line:
        pytest.fail(f"{name} did not start: {errors.read_text().strip()}", pytrace=False)
    return line.partition("=")[2]


@contextmanager
def absence_skips() -> Iterator[None]:
    """Turn a missing engine into a skip, and on a build server, which must have all, into a failure."""
    try:
        yield
        return
    except EngineMissing as absence:
        reason = str(absence)
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def address_of(folder: Path, name: str, variable: str, provide: Callable[[], object]) -> str:
    """Return the address that the environment names, else that of the shared server."""
    if named := os.environ.get(variable):
        return named
    with absence_skips():
        provide()
    return shared_engine(folder, name)


@pytest.fixture(scope="session")
def postgres_server_url(pytestconfig: pytest.Config) -> str:
    """The run's PostgreSQL: `postgresql://...` without a database. Most tests want `postgres_url`."""
    return address_of(pytestconfig.stash[FOLDER], "postgres", "TEST_POSTGRES_URL", find_postgres)


@pytest.fixture
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """A new, empty database for this test alone: `postgresql+asyncpg://.../NAME`. Dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    create_databases(postgres_server_url, [name])
    yield database_url(postgres_server_url, name)
    drop_databases(postgres_server_url, [name])


@pytest.fixture(scope="session")
def kafka_bootstrap(pytestconfig: pytest.Config) -> str:
    """The run's Apache Kafka: `HOST:PORT`. Topics and groups are shared: give yours names of their own."""
    return address_of(pytestconfig.stash[FOLDER], "kafka", "TEST_KAFKA_BOOTSTRAP", fetch_kafka)


@pytest.fixture
def engine_folder() -> Iterator[Path]:
    """A temporary folder for a server of the test's own; unlike `tmp_path`, PostgreSQL's account may enter it."""
    with tempfile.TemporaryDirectory(prefix="chandung-engine-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture
def own_engines(engine_folder: Path) -> Iterator[Engines]:
    """A PostgreSQL and a Kafka of the test's own, for a test that looks at every file that they keep."""
    with ExitStack() as servers:
        with absence_skips():
            postgres = servers.enter_context(postgres_server(engine_folder / "postgres"))
            kafka = servers.enter_context(kafka_broker(engine_folder / "kafka"))
        yield Engines(engine_folder, postgres, kafka)
