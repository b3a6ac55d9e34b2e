"""The commands, and how every one of them fails: with one plain sentence and an exit code."""

import sys

import httpx2
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from deploy.cli import audit, clients, demo, imports, keys, platform, receipts, social, specs
from deploy.demo.connect import GatewayRefused
from deploy.demo.load import Stalled
from deploy.engines import EngineFailed, EngineMissing
from deploy.lifespan import StartFailed
from deploy.lock import DataInUse
from deploy.serve import AddressTaken

app = typer.Typer(
    name="chandung",
    help="Turns scattered customer information into portraits, within the consent people gave.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(platform.up)
app.command()(platform.migrate)
app.command()(platform.doctor)
app.command()(demo.demo)
app.command("import")(imports.import_file)
app.add_typer(clients.app, name="clients")
app.add_typer(keys.app, name="keys")
app.add_typer(social.app, name="social")
app.add_typer(receipts.app, name="receipts")
app.add_typer(audit.app, name="audit")
app.command()(specs.specs)

EXPECTED = (
    AddressTaken,
    DataInUse,
    EngineFailed,
    EngineMissing,
    GatewayRefused,
    OSError,
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
        fail(f"The platform does not answer ({type(error).__name__}). Start it with `chandung up`.")
    except EXPECTED as error:
        fail(sentence_of(error))


def sentence_of(error: Exception) -> str:
    """What went wrong, for the person at the terminal: a setting by its variable, a file by its name."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error) or type(error).__name__


def fail(sentence: str) -> None:
    """Say it on standard error, in one line however narrow the terminal, and exit with 1."""
    Console(stderr=True).print(Text.assemble(("chandung: ", "red"), sentence), soft_wrap=True)
    sys.exit(1)
