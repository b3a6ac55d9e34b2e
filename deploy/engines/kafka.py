"""Apache Kafka: fetched as jars, run as one broker."""

import base64
import fcntl
import hashlib
import shutil
import socket
import struct
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.engines.errors import EngineFailed, EngineMissing
from deploy.engines.process import LOOPBACK, free_ports, run_tool, running

DEPLOY = Path(__file__).parents[1]
ENGINES = DEPLOY.parent / ".engines"
RECIPE = DEPLOY / "kafka"
STAMP = "pom.sha256"

# Metadata request, version 4, correlation 7, no client id: no topics, none created.
ASK_METADATA = struct.pack(">ihhihib", 15, 3, 4, 7, -1, 0, 0)


def fetch_kafka(engines: Path = ENGINES) -> Path:
    """Return the folder with Kafka's jars, downloading them first where they are missing or of another `pom.xml`.

    It is complete or absent, also when the download is cut or several processes ask at once. Raises EngineMissing
    when Java or Maven is missing or Maven cannot get the jars.
    """
    need("java", "a Java runtime, 17 or newer (Debian: openjdk-17-jre-headless)")
    home = engines / "kafka"
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_current(home / "lib"):
            download(home)
    return home / "lib"


def need(program: str, what: str) -> str:
    """Return the path of a program; raise EngineMissing with what to install."""
    path = shutil.which(program)
    if path is None:
        raise EngineMissing(f"Kafka needs `{program}`, which is not on the PATH: install {what}.")
    return path


def recipe_digest() -> str:
    """Return what identifies the set of jars: the digest of the recipe they were fetched by."""
    return hashlib.sha256((RECIPE / "pom.xml").read_bytes()).hexdigest()


def is_current(lib: Path) -> bool:
    """Say whether `lib` holds the jars of today's recipe."""
    stamp = lib / STAMP
    return stamp.exists() and stamp.read_text() == recipe_digest()


def download(home: Path) -> None:
    """Let Maven copy the jars beside `home/lib`, then put them in its place in one step."""
    maven = need("mvn", "Maven (Debian: maven)")
    with tempfile.TemporaryDirectory(dir=home) as scratch:
        lib = Path(scratch) / "lib"
        try:
            run_tool(
                [maven, "-q", "-B", "-f", str(RECIPE / "pom.xml"), "dependency:copy-dependencies",
                 f"-DoutputDirectory={lib}", "-DincludeScope=runtime"],
                cwd=home,
            )  # fmt: skip
        except EngineFailed as failure:
            raise EngineMissing(f"Kafka's jars could not be fetched: {failure}") from failure
        (lib / STAMP).write_text(recipe_digest())
        if (home / "lib").exists():
            (home / "lib").rename(Path(scratch) / "old")
        lib.rename(home / "lib")


@contextmanager
def kafka_broker(data_dir: Path, *, port: int | None = None) -> Iterator[str]:
    """Run one broker on 127.0.0.1 for the length of the block and yield its bootstrap address, `127.0.0.1:PORT`.

    The broker keeps its topics in `data_dir` (made and formatted when new) and writes `data_dir/kafka.log`. It is
    listed as alive in its own metadata when the block begins, so topics can be made at once. No authentication: for
    development and tests. The thread that enters must outlive the block. Raises EngineMissing and EngineFailed.
    """
    lib = fetch_kafka()
    data_dir = data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    broker, controller = free_ports(2)
    broker = port or broker
    properties = write_properties(data_dir, broker, controller)
    java = [need("java", "a Java runtime, 17 or newer"), "-cp", f"{lib}/*"]
    format_storage(java, data_dir, properties)
    options = ["-Xmx512m", "-XX:+UseSerialGC", f"-Dlog4j2.configurationFile={RECIPE / 'log4j2.yaml'}"]
    command = [java[0], *options, *java[1:], "kafka.Kafka", str(properties)]
    with running(command, log=data_dir / "kafka.log", cwd=data_dir, ready=lambda: is_answering(broker)):
        yield f"{LOOPBACK}:{broker}"


def write_properties(data_dir: Path, broker: int, controller: int) -> Path:
    """Write the broker's configuration: the recipe's and this run's addresses; return its path."""
    listeners = f"PLAINTEXT://{LOOPBACK}:{broker},CONTROLLER://{LOOPBACK}:{controller}"
    ours = {
        "listeners": listeners,
        "advertised.listeners": listeners,
        "controller.quorum.bootstrap.servers": f"{LOOPBACK}:{controller}",
        "log.dirs": data_dir / "topics",
    }
    lines = [(RECIPE / "server.properties").read_text(), *(f"{key}={value}" for key, value in ours.items())]
    path = data_dir / "server.properties"
    path.write_text("\n".join(lines) + "\n")
    return path


def format_storage(java: list[str], data_dir: Path, properties: Path) -> None:
    """Give a new data folder its cluster id; a folder that has one keeps it."""
    if (data_dir / "topics" / "meta.properties").exists():
        return
    # A leading zero byte: Kafka's own ids never start with '-', which its tools would take for an option.
    cluster = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
    tool = ["kafka.tools.StorageTool", "format", "--standalone", "--ignore-formatted"]
    run_tool([*java, *tool, "-t", cluster, "-c", str(properties)], cwd=data_dir)


def is_answering(port: int) -> bool:
    """Say whether a broker at 127.0.0.1 answers a metadata request and lists a living broker.

    The port alone opens earlier, when topics cannot be made yet.
    """
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1) as wire:
            wire.sendall(ASK_METADATA)
            reply = wire.makefile("rb").read(16)  # size, correlation, throttle time, count of brokers
    except OSError:
        return False
    return len(reply) == 16 and struct.unpack(">iiii", reply)[3] > 0
