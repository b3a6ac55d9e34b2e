"""`chandung keys`: what is in the key folder, never its contents."""

import stat
from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.table import Table

from deploy.settings import PlatformSettings

app = typer.Typer(help="The key folder: what is there and whether it is safe.", no_args_is_help=True)
console = Console()


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
