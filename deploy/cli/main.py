"""The commands, and how every one of them fails: with one plain sentence and an exit code."""

import sys

import httpx2
import typer
from rich.console import Console

from deploy.cli import clients, data, keys, platform, specs
from deploy.demo.connect import GatewayRefused
from deploy.demo.load import Stalled
from deploy.engines import EngineFailed, EngineMissing
from deploy.lifespan import StartFailed
from deploy.lock import DataInUse

app = typer.Typer(
    name="chandung",
    help="Turns scattered customer information into portraits, within the consent people gave.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(platform.up)
app.command()(platform.doctor)
app.command()(data.demo)
app.command("import")(data.import_file)
app.add_typer(clients.app, name="clients")
app.add_typer(keys.app, name="keys")
app.command()(specs.specs)

EXPECTED = (
    DataInUse,
    EngineFailed,
    EngineMissing,
    FileNotFoundError,
    GatewayRefused,
    PermissionError,
    Stalled,
    StartFailed,
    ValueError,
)


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 it could not be done, 2 wrong usage, 130 interrupted."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except httpx2.TransportError as error:
        _fail(f"The platform does not answer ({type(error).__name__}). Start it with `chandung up`.")
    except EXPECTED as error:
        _fail(str(error) or type(error).__name__)


def _fail(sentence: str) -> None:
    Console(stderr=True).print(f"[red]chandung:[/] {sentence}", highlight=False)
    sys.exit(1)
