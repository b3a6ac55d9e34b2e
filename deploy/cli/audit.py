"""`chandung audit`: take the trail out, and check it without asking anybody."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli.session import platform_client

app = typer.Typer(help="The audit trail: taken out, and checked offline.", no_args_is_help=True)
console = Console()


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to; `<file>.jwks` holds the keys to check it with.")],
) -> None:
    """Write the whole trail to a file, and beside it the public keys that its last line is signed with."""
    asyncio.run(_export(file))
    console.print(f"Written to {file}. Check it anywhere: chandung audit verify {file}", soft_wrap=True)


async def _export(file: Path) -> None:
    async with platform_client("privacy_officer") as client:
        keys = await client.get("/.well-known/jwks.json")
        keys.raise_for_status()
        async with client.stream("GET", "/v1/audit/export") as answer:
            answer.raise_for_status()
            with file.open("wb") as out:
                async for piece in answer.aiter_bytes():
                    out.write(piece)
        file.with_name(file.name + ".jwks").write_bytes(keys.content)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="An export.")],
    jwks: Annotated[
        Path | None,
        typer.Option(help="What `/.well-known/jwks.json` answered; `<file>.jwks` where not given."),
    ] = None,
) -> None:
    """Check an export offline. Exits 1 and names the first entry that was changed, taken out, put in or moved."""
    from gateway.audit.exports import check_export

    keys = json.loads((jwks or file.with_name(file.name + ".jwks")).read_text("utf-8"))
    with file.open("rb") as lines:
        verdict = check_export(lines, keys)
    console.print_json(json.dumps(verdict._asdict()))
    if not verdict.ok:
        raise ValueError(f"The export does not hold: {verdict.trouble}.")
