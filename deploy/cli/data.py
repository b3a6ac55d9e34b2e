"""`chandung demo` and `chandung import`: records into the platform, through the API as everyone else."""

import asyncio
import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any
from uuid import NAMESPACE_URL, uuid5

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.cli.session import platform_client
from deploy.demo.connect import call
from deploy.demo.load import Summary, load_into
from deploy.demo.progress import Bars
from deploy.settings import PlatformSettings

BATCH = 500
console = Console()


def demo() -> None:
    """Load the demo company into the running platform (once; a second time changes nothing)."""
    settings = PlatformSettings()
    with Bars(console) as bars:
        summary = asyncio.run(
            load_into(settings.data_dir, progress=bars, base_url=f"http://{settings.host}:{settings.port}")
        )
    console.print(_outcome(summary))
    if summary.run_state != "done":
        raise ValueError(f"The study's run ended as {summary.run_state}: {summary.run_reasons}")


def import_file(
    file: Annotated[Path, typer.Argument(help="Records as .ndjson (one a line) or .csv (see --help).")],
    source: Annotated[str, typer.Option(help="The registered source they come from.")] = "default",
    kind: Annotated[str, typer.Option(help="Kind of the rows of a CSV.")] = "profile",
    channel: Annotated[str, typer.Option(help="Channel of the rows of a CSV.")] = "crm",
    consent: Annotated[str | None, typer.Option(help="Consent of the rows of a CSV, as JSON.")] = None,
) -> None:
    """Send a file's records. A CSV's header names record fields with dots.

    For instance subject.identifiers.phone, subject.attributes.full_name, payload.total. Rows without an id get one
    that depends on their content, so that sending a file twice stores it once.
    """
    base: dict[str, Any] = {"source": source}
    if file.suffix == ".csv":
        taken = datetime.fromtimestamp(
            file.stat().st_mtime, UTC
        )  # not now: the same file is the same records
        base |= {"kind": kind, "channel": channel, "occurred_at": taken.isoformat()}
        base |= {"consent": json.loads(consent)} if consent else {}
    if file.suffix not in (".csv", ".ndjson"):
        raise ValueError(f"{file.name}: only .ndjson and .csv are understood.")
    statuses = asyncio.run(_send(file, base))
    console.print(_counts("Receipts", statuses))
    if statuses["quarantined"]:
        console.print("Quarantined records wait at GET /v1/quarantine, each with its reasons.")


def records_in(file: Path, base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The records of a file, one at a time, so that its size does not matter."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        if file.suffix == ".ndjson":
            yield from (base | json.loads(line) for line in lines if line.strip())
            return
        for row in csv.DictReader(lines):
            record = json.loads(json.dumps(base))
            for column, cell in row.items():
                if column and cell:
                    _place(record, column.split("."), cell)
            record.setdefault("id", str(uuid5(NAMESPACE_URL, json.dumps(row, sort_keys=True))))
            yield record


def _place(record: dict[str, Any], path: list[str], cell: str) -> None:
    for part in path[:-1]:
        record = record.setdefault(part, {})
    record[path[-1]] = cell


async def _send(file: Path, base: dict[str, Any]) -> Counter[str]:
    statuses: Counter[str] = Counter()
    records = records_in(file, base)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(file.name, total=None)
        async with platform_client("collector") as client:
            while batch := list(islice(records, BATCH)):
                reply = await call(client, "POST", "/v1/records/batch", json={"records": batch})
                statuses.update(receipt["status"] for receipt in reply.json()["receipts"])
                progress.advance(task, len(batch))
    return statuses


def _outcome(summary: Summary) -> Table:
    table = Table(title="Chân dung khách hàng / personas", title_justify="left")
    for column in ("Persona", "Share", "People"):
        table.add_column(column)
    for persona in summary.personas:
        share = f"{persona.share:.0%}" if persona.share is not None else "-"
        table.add_row(persona.name, share, str(persona.n or "< threshold"))
    counts = ", ".join(f"{count} {status}" for status, count in sorted(summary.records.items()))
    table.caption = f"records: {counts}; {sum(summary.mentions.values())} mentions; {summary.seconds:.1f} s"
    return table


def _counts(title: str, counts: Counter[str]) -> Table:
    table = Table(title, "Count")
    for name, count in counts.most_common():
        table.add_row(name, str(count))
    return table
