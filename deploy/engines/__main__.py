"""`python -m deploy.engines fetch|run`: provide the engines, or run them until told to stop."""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from deploy.engines import (
    EngineFailed,
    EngineMissing,
    fetch_kafka,
    find_postgres,
    kafka_broker,
    postgres_server,
)

cli = typer.Typer(help="Real engines on this machine, without containers.", no_args_is_help=True)


class Engine(StrEnum):
    POSTGRES = "postgres"
    KAFKA = "kafka"


# What each engine is started by, and the variable by which the tests are told of a server that runs already.
STARTERS: dict[Engine, tuple[str, Callable[[Path], AbstractContextManager[str]]]] = {
    Engine.POSTGRES: ("TEST_POSTGRES_URL", postgres_server),
    Engine.KAFKA: ("TEST_KAFKA_BOOTSTRAP", kafka_broker),
}


@cli.command()
def fetch() -> None:
    """Download what can be downloaded and say where everything is; exit code 1 when something is missing."""
    missing = False
    for engine, provide in ((Engine.POSTGRES, find_postgres), (Engine.KAFKA, fetch_kafka)):
        try:
            typer.echo(f"{engine}: {provide()}")
        except EngineMissing as absence:
            missing = True
            typer.echo(f"{engine}: {absence}", err=True)
    raise typer.Exit(int(missing))


@cli.command()
def run(
    data: Annotated[Path, typer.Option(help="Folder of the data, one folder an engine; made when new.")],
    engine: Annotated[list[Engine] | None, typer.Option(help="Only this one; may be repeated.")] = None,
    while_locked: Annotated[
        Path | None, typer.Option(help="Stop as well when nobody locks this file any more.")
    ] = None,
) -> None:
    """Start the engines, print each address as the variable that the tests read, and run until Ctrl-C or SIGTERM.

    The data stays in its folder for the next run. Exit code 1 when an engine cannot start or ends by itself.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    if while_locked:
        threading.Thread(target=leave_when_unlocked, args=(while_locked,), daemon=True).start()
    with ExitStack() as engines:
        try:
            for name in engine or list(Engine):
                variable, start = STARTERS[name]
                typer.echo(f"{variable}={engines.enter_context(start(data / name))}")
        except (EngineMissing, EngineFailed) as failure:
            typer.echo(str(failure), err=True)
            raise typer.Exit(1) from failure
        # From here on the only children are the engines themselves.
        signal.signal(signal.SIGCHLD, leave)
        while True:
            time.sleep(1)  # not signal.pause(): a signal just before it would go unnoticed until the next one


def leave(number: int, frame: object) -> NoReturn:
    """Leave the program, and with it the engines' blocks: exit code 0 when told to, 1 when an engine ended by itself."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    # A second signal would cut the stopping short, which is bounded anyway.
    for further in (signal.SIGINT, signal.SIGTERM):
        signal.signal(further, signal.SIG_IGN)
    if number == signal.SIGCHLD:
        typer.echo("An engine ended by itself: see its log in the folder of the data.", err=True)
    raise SystemExit(int(number == signal.SIGCHLD))


def leave_when_unlocked(path: Path) -> None:
    """End this program once the lock on a file can be had: whoever held it has let go, or has died."""
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_SH)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    cli()
