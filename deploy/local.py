"""`make up-local`: PostgreSQL, Apache Kafka and every service as its own process on this machine."""

import os
import signal
import subprocess
import sys
import threading

from rich.console import Console

from deploy.cluster import cluster
from deploy.engines import EngineFailed, EngineMissing, kafka_broker, postgres_server
from deploy.settings import PlatformSettings

console = Console()


def main() -> int:
    """Run until SIGINT or SIGTERM. Exit codes: 0 stopped cleanly, 1 could not start."""
    settings = PlatformSettings()
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    engines = settings.data_dir.resolve() / "local"
    engines.mkdir(parents=True, exist_ok=True)
    try:
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
                console.print(
                    f"Chandung is up at [bold]{made.base_url}[/]; PostgreSQL {postgres}, Kafka {kafka}"
                )
                console.print(
                    f"Output of each service: {made.data_dir}/<service>.out; Ctrl-C stops everything."
                )
                _load_demo(settings, made.data_dir, stop)
                stop.wait()
                console.print("Stopping.")
    except (EngineMissing, EngineFailed, RuntimeError) as error:
        console.print(f"[red]chandung:[/] {error}", highlight=False)
        return 1
    return 0


def _load_demo(settings: PlatformSettings, data_dir: object, stop: threading.Event) -> None:
    if not settings.demo or stop.is_set():
        return
    environment = {**os.environ, "DATA_DIR": str(data_dir), "PORT": str(settings.port)}
    subprocess.run([sys.executable, "-m", "deploy.cli", "demo"], env=environment, check=False)


if __name__ == "__main__":
    sys.exit(main())
