"""`chandung keys`: what is in the key folder, never its contents; and the rotation of the key-encryption key."""

import asyncio
import stat
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from deploy.cli.session import platform_client
from deploy.demo.connect import call
from deploy.settings import PlatformSettings

app = typer.Typer(
    help="The keys: what is there, whether it is safe, and their rotation.", no_args_is_help=True
)
console = Console()

LOOK_S = 0.5


@app.command("list")
def list_keys() -> None:
    """Show each key file with its age and who may read it. Exits 1 where a key is readable by others."""
    folder = PlatformSettings().key_dir
    if not folder.exists():
        raise FileNotFoundError(f"There is no {folder} yet: it is made at the first start.")
    table, open_to_others = Table("File", "Bytes", "Changed", "Mode"), False
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        info = path.stat()
        unsafe = bool(info.st_mode & 0o077)
        open_to_others |= unsafe
        changed = datetime.fromtimestamp(info.st_mtime, UTC).isoformat(timespec="seconds")
        mode = stat.filemode(info.st_mode)
        table.add_row(
            str(path.relative_to(folder)), str(info.st_size), changed, f"[red]{mode}[/]" if unsafe else mode
        )
    console.print(table)
    if open_to_others:
        raise PermissionError(f"Others can read keys in {folder}: chmod -R go-rwx {folder}")


@app.command()
def rotate(
    wait: Annotated[bool, typer.Option(help="Show how far it is until it is done.")] = True,
) -> None:
    """Turn to a new key-encryption key and wrap every data key anew, while the platform goes on.

    The platform does the work: interrupting this command, or the platform, loses nothing. Said again while a rotation
    runs, it shows that one.
    """
    state = asyncio.run(_rotate(wait=wait))
    rotation = state["rotation"]
    told = f"Version {state['current']} ({state['provider']}) wraps every new data key."
    if rotation["state"] == "done":
        told += f" {rotation['moved']:,} older ones were wrapped anew."
    console.print(told)


async def _rotate(*, wait: bool) -> dict[str, Any]:
    columns = (TextColumn("Data keys wrapped anew"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    async with platform_client() as client:
        state: dict[str, Any] = (await call(client, "POST", "/v1/keys/rotate")).json()
        if not wait:
            return state
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("")
            while True:
                rotation = state["rotation"]
                progress.update(bar, total=rotation["total"], completed=rotation["moved"])
                if rotation["state"] == "done":
                    return state
                await asyncio.sleep(LOOK_S)
                state = (await call(client, "GET", "/v1/keys")).json()
