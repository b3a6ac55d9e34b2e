"""`make up-local`: PostgreSQL, Apache Kafka and every service as its own process on this machine."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from rich.console import Console

from deploy.cli.main import EXPECTED, fail, sentence_of
from deploy.cluster import NotReady, cluster
from deploy.demo.memory import is_loaded
from deploy.engines import kafka_broker, postgres_server
from deploy.guide import print_guide
from deploy.lock import exclusive
from deploy.settings import PlatformSettings

console = Console()


def main() -> None:
    """Run until SIGINT or SIGTERM. Exit codes: 0 stopped cleanly, 1 could not start."""
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    try:
        run(PlatformSettings(), stop)
    except (*EXPECTED, NotReady) as error:
        fail(sentence_of(error))


def run(settings: PlatformSettings, stop: threading.Event) -> None:
    """Run until `stop` is set. Raises what the engines and the services raise where they cannot start."""
    with exclusive(settings.data_dir / "local"):
        engines = settings.data_dir.resolve() / "local"
        with (
            console.status("PostgreSQL and Apache Kafka start") as status,
            postgres_server(engines / "postgres") as postgres,
            kafka_broker(engines / "kafka") as kafka,
        ):
            status.update("The services start")
            with cluster(
                engines / "data", settings.key_dir.resolve(), postgres, kafka, port=settings.port
            ) as made:
                status.stop()
                told = f"Chandung is up at [bold]{made.base_url}[/]; PostgreSQL {postgres}, Kafka {kafka}"
                console.print(told, soft_wrap=True)
                console.print(f"Output of each service: {made.data_dir}/<service>.out", soft_wrap=True)
                _load_demo(settings, made.data_dir, stop)
                if not stop.is_set():
                    print_guide(console, made.base_url, made.data_dir / "credentials.json")
                stop.wait()
                console.print("Stopping.")


def _load_demo(settings: PlatformSettings, data_dir: Path, stop: threading.Event) -> None:
    if not settings.demo or stop.is_set() or is_loaded(data_dir / "demo.json"):
        return
    environment = {**os.environ, "DATA_DIR": str(data_dir), "PORT": str(settings.port)}
    subprocess.run([sys.executable, "-m", "deploy.cli", "demo"], env=environment, check=False)


if __name__ == "__main__":
    main()
