"""`chandung demo`: the demo company, through the API as everyone else."""

import asyncio

from rich.console import Console
from rich.table import Table

from deploy.demo.load import Summary, load_into
from deploy.demo.progress import Bars
from deploy.settings import PlatformSettings

console = Console()


def demo() -> None:
    """Load the demo company into the running platform (once; a second time changes nothing)."""
    settings = PlatformSettings()
    with Bars(console) as bars:
        summary = asyncio.run(
            load_into(settings.data_dir, progress=bars, base_url=f"http://{settings.host}:{settings.port}")
        )
    console.print(_personas(summary))
    counts = ", ".join(f"{count} {status}" for status, count in sorted(summary.records.items()))
    console.print(
        f"Records: {counts}; {sum(summary.mentions.values())} mentions; {summary.seconds:.1f} s.",
        soft_wrap=True,
        highlight=False,
    )
    if summary.run_state != "done":
        raise ValueError(f"The study's run ended as {summary.run_state}: {summary.run_reasons}")


def _personas(summary: Summary) -> Table:
    table = Table(title="Chân dung khách hàng / personas", title_justify="left")
    for column in ("Persona", "Share", "People"):
        table.add_column(column)
    for persona in summary.personas:
        share = f"{persona.share:.0%}" if persona.share is not None else "-"
        table.add_row(persona.name, share, str(persona.n or "< threshold"))
    return table
