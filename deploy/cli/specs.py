"""`chandung specs`: the frozen OpenAPI and AsyncAPI documents under `docs/specs/`."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from deploy.specs import SPECS, documents, stale

console = Console()


class SpecsChanged(ValueError):
    """The code says something else than the frozen documents."""


def specs(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit 1 where a document is stale.")
    ] = False,
) -> None:
    """Write the documents anew, or check that they say what the code says."""
    made = asyncio.run(documents())
    changed = stale(made)
    if check and changed:
        raise SpecsChanged(
            f"{', '.join(changed)} no longer match the code. If the change is wanted, run `make specs` and commit it."
        )
    for name in changed:
        (SPECS / name).write_text(made[name], "utf-8")
    console.print(f"{len(made)} documents in docs/specs, {len(changed)} written anew.")
