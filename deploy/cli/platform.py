"""`chandung up` and `chandung doctor`."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from deploy.engines import EngineMissing, find_postgres
from deploy.settings import PlatformSettings

console = Console()

SERVICES = ("ingest", "verify", "social", "persona", "gateway")


def up(
    service: Annotated[
        str | None,
        typer.Argument(help=f"One service alone ({', '.join(SERVICES)}); all of them when absent."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [env HOST].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [env PORT].")] = None,
    demo: Annotated[bool | None, typer.Option(help="Load the demo company [env DEMO].")] = None,
) -> None:
    """Start the platform in this process (embedded mode), or one service of it (distributed mode)."""
    from kernel.telemetry import configure_logging
    from kernel.telemetry.export import exporting

    given: dict[str, Any] = {"host": host, "port": port, "demo": demo}
    settings = PlatformSettings(**{name: value for name, value in given.items() if value is not None})
    configure_logging(settings.log_level)
    if service is not None and service not in SERVICES:
        raise typer.BadParameter(f"There is no service {service!r}; there are {', '.join(SERVICES)}.")
    with exporting():
        _serve(service, settings)


def _serve(service: str | None, settings: PlatformSettings) -> None:
    if service is None:
        import uvloop

        from deploy.run import run_embedded

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run_embedded(settings))
        return
    from deploy.apps import app_of
    from deploy.serve import server_for

    server_for(app_of(service), settings.host, settings.port, lifespan=True).run()


def doctor() -> None:
    """Look at this machine and say what works, what is missing, and what to do about it."""
    settings = PlatformSettings()
    table = Table("What", "State", "What to do", title="chandung doctor", title_justify="left")
    trouble = False
    for what, good, state, advice in _findings(settings):
        trouble |= not good
        table.add_row(what, f"[{'green' if good else 'yellow'}]{state}", "" if good else advice)
    console.print(table)
    if trouble:
        console.print("Embedded mode needs none of the optional parts.")


def _findings(settings: PlatformSettings) -> list[tuple[str, bool, str, str]]:
    version = ".".join(map(str, sys.version_info[:3]))
    return [
        ("Python", sys.version_info >= (3, 11), version, "Install Python 3.11 or newer."),
        _folder("Data folder", settings.data_dir, private=False),
        _folder("Key folder", settings.key_dir, private=True),
        ("Keys apart from data", *_apart(settings), "Set KEY_DIR to a folder outside DATA_DIR."),
        ("Java (optional: local Kafka)", *_program("java"), "Install a Java 17 runtime."),
        ("Maven (optional: local Kafka)", *_program("mvn"), "Install Maven."),
        ("PostgreSQL (optional)", *_postgres(), "Install PostgreSQL 15 or newer."),
        ("Platform", *_answers(settings), "Start it with `chandung up`."),
    ]


def _folder(what: str, folder: Path, *, private: bool) -> tuple[str, bool, str, str]:
    if not folder.exists():
        return what, True, f"{folder} is made at the first start", ""
    if not os.access(folder, os.W_OK):
        return what, False, f"{folder} cannot be written", "Give this account write access."
    if private and folder.stat().st_mode & 0o077:
        return what, False, f"{folder} is open to others", f"chmod 700 {folder}"
    return what, True, str(folder), ""


def _apart(settings: PlatformSettings) -> tuple[bool, str]:
    inside = settings.key_dir.resolve().is_relative_to(settings.data_dir.resolve())
    return not inside, "no" if inside else "yes"


def _program(name: str) -> tuple[bool, str]:
    path = shutil.which(name)
    if not path:
        return False, "not found"
    done = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - looked up
    return True, (done.stderr or done.stdout).splitlines()[0]


def _postgres() -> tuple[bool, str]:
    try:
        return True, str(find_postgres())
    except EngineMissing:
        return False, "not found"


def _answers(settings: PlatformSettings) -> tuple[bool, str]:
    import httpx2

    try:
        reply = httpx2.get(f"http://{settings.host}:{settings.port}/readyz", timeout=2)
    except httpx2.TransportError:
        return False, "does not answer"
    return reply.status_code == 200, reply.text[:200]
