"""`chandung up` and `chandung doctor`."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.cli.session import platform_client
from deploy.demo.connect import GatewayRefused
from deploy.engines import EngineMissing, find_postgres
from deploy.settings import PlatformSettings

console = Console()

SERVICES = ("ingest", "verify", "social", "persona", "gateway")


def up(
    service: Annotated[
        str | None,
        typer.Argument(help=f"One service alone ({', '.join(SERVICES)}); all of them when absent."),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (env HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (env PORT).")] = None,
    demo: Annotated[bool | None, typer.Option(help="Load the demo company (env DEMO).")] = None,
) -> None:
    """Start the platform in this process (embedded mode), or one service of it (distributed mode)."""
    from kernel.telemetry import configure_logging
    from kernel.telemetry.export import exporting

    if service not in (None, *SERVICES):
        raise typer.BadParameter(f"There is no service {service!r}; there are {', '.join(SERVICES)}.")
    given: dict[str, Any] = {"host": host, "port": port, "demo": demo}
    settings = PlatformSettings(**{name: value for name, value in given.items() if value is not None})
    keep_private(settings.data_dir)
    configure_logging(settings.log_level)
    with exporting():
        _serve(service, settings)


def migrate(
    service: Annotated[str, typer.Argument(help=f"Which service: {', '.join(SERVICES)}.")],
) -> None:
    """Bring a service's databases to the schema of this version and make its topics, then end.

    Safe to run while others do, and while the version before still answers: migrations add first and take away in a
    later version.
    """
    from deploy.apps import app_of
    from deploy.lifespan import lifespan_of
    from kernel.telemetry import configure_logging

    if service not in SERVICES:
        raise typer.BadParameter(f"There is no service {service!r}; there are {', '.join(SERVICES)}.")
    settings = PlatformSettings()
    keep_private(settings.data_dir)
    configure_logging(settings.log_level)
    os.environ["BACKGROUND"] = "false"  # nothing is relayed or consumed by a process that ends at once

    async def start_and_end() -> None:
        app = app_of(service)
        # the gateway's own start makes the first clients, whose secrets must lie where its processes are
        own = getattr(app, "own", None)
        async with own.state.chassis.running() if own is not None else lifespan_of(service, app):
            return

    asyncio.run(start_and_end())
    console.print(f"{service}: the schema is that of this version.")


def _serve(service: str | None, settings: PlatformSettings) -> None:
    if service is None:
        import uvloop

        from deploy.run import run_embedded

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run_embedded(settings))
        return
    from deploy.apps import app_of
    from deploy.serve import listening, server_for

    with listening(settings.host, settings.port) as door:
        server_for(app_of(service), lifespan=True).run(sockets=[door])


def keep_private(data_dir: Path) -> None:
    """What this process writes from now on, databases and keys, is for its own account alone.

    The data folder itself may be passed through: a PostgreSQL of `make up-local` has its folder below it.
    """
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    os.umask(0o077)


class Finding(NamedTuple):
    """What was looked at and how it is; `needed` where nothing runs without it."""

    what: str
    good: bool
    state: str
    advice: str
    needed: bool = True


def doctor() -> None:
    """Look at this machine and say what works, what is missing, and what to do about it.

    Exits 1 where something is wrong that the platform needs.
    """
    table = Table("What", "State", "What to do", title="chandung doctor", title_justify="left")
    findings = _findings(PlatformSettings())
    for one in findings:
        colour = "green" if one.good else "red" if one.needed else "yellow"
        table.add_row(one.what, Text(one.state, colour), "" if one.good else one.advice)
    console.print(table)
    if any(one.needed and not one.good for one in findings):
        raise typer.Exit(1)


def _findings(settings: PlatformSettings) -> list[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    return [
        Finding("Python", sys.version_info >= (3, 11), version, "Install Python 3.11 or newer."),
        _folder("Data folder", settings.data_dir, private=False),
        _folder("Key folder", settings.key_dir, private=True),
        Finding("Keys apart from data", *_apart(settings), "Set KEY_DIR to a folder outside DATA_DIR."),
        Finding("Java, for a local Kafka", *_program("java"), "Install a Java 17 runtime.", needed=False),
        Finding("Maven, for a local Kafka", *_program("mvn"), "Install Maven.", needed=False),
        Finding("PostgreSQL", *_postgres(), "Install PostgreSQL 15 or newer.", needed=False),
        Finding("Platform", *_answers(settings), "Start it with `chandung up`.", needed=False),
        *_keys(),
    ]


def _folder(what: str, folder: Path, *, private: bool) -> Finding:
    if not folder.exists():
        return Finding(what, True, f"{folder} is made at the first start", "")
    if not os.access(folder, os.W_OK):
        return Finding(what, False, f"{folder} cannot be written", "Give this account write access.")
    if private and folder.stat().st_mode & 0o077:
        return Finding(what, False, f"{folder} is open to others", f"chmod -R go-rwx {folder}")
    return Finding(what, True, str(folder), "")


def _apart(settings: PlatformSettings) -> tuple[bool, str]:
    inside = settings.key_dir.resolve().is_relative_to(settings.data_dir.resolve())
    return not inside, "no" if inside else "yes"


def _program(name: str) -> tuple[bool, str]:
    path = shutil.which(name)
    if not path:
        return False, "not found"
    done = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - looked up
    told = Text.from_ansi(done.stderr + done.stdout).plain.split("\n")
    return True, next((line for line in told if line.strip()), path)


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
    return reply.status_code == 200, "ready" if reply.status_code == 200 else reply.text[:200]


def _keys() -> list[Finding]:
    """The running platform's key-encryption keys; nothing where it cannot be asked."""
    import httpx2

    try:
        state = asyncio.run(_key_state())
    except (OSError, ValueError, httpx2.TransportError):
        return []
    except GatewayRefused as error:
        return [Finding("Encryption keys", False, str(error), "See the provider in KEK_URL.", needed=False)]
    rotation, orphans = state["rotation"], state["orphans"]
    told = f"version {state['current']} by {state['provider']}"
    if rotation["state"] == "running":
        told += f", {rotation['moved']:,} of {rotation['total']:,} data keys wrapped anew"
    swept = "A process died between keyring and data; they are swept after the grace time."
    return [
        Finding("Encryption keys", True, told, ""),
        Finding("Keys without data", not orphans, f"{orphans:,}", swept, needed=False),
    ]


async def _key_state() -> dict[str, Any]:
    async with platform_client() as client:
        answer = await client.get("/v1/keys", timeout=5)
    if answer.status_code >= 400:
        raise GatewayRefused(answer)
    state: dict[str, Any] = answer.json()
    return state
