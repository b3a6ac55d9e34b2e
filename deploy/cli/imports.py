"""`chandung import`: a file's records into the platform, through the API as everyone else."""

import asyncio
import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
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

BATCH = 500
PLAIN = ("id", "source", "channel", "kind", "occurred_at")
NESTED = ("subject.", "payload.", "consent.", "basis.", "collector.")
console = Console()


class BadFile(ValueError):
    """The file, or what was said about it, cannot be read as records; the message says where."""


def import_file(
    file: Annotated[Path, typer.Argument(help="Records as .ndjson (one a line) or .csv with such a header.")],
    source: Annotated[str, typer.Option(help="The registered source they come from.")] = "default",
    kind: Annotated[str, typer.Option(help="Kind of the rows of a CSV.")] = "profile",
    channel: Annotated[str, typer.Option(help="Channel of the rows of a CSV.")] = "crm",
    consent: Annotated[str | None, typer.Option(help="Consent of the rows of a CSV, as JSON.")] = None,
) -> None:
    """Send a file's records. A CSV's header names record fields with dots.

    For instance subject.identifiers.phone, subject.attributes.full_name, payload.total. Rows without an id get one
    that depends on their content, so that sending a file twice stores it once.
    """
    statuses, reasons = asyncio.run(_send(file, _base(file, source, kind, channel, consent)))
    if not statuses:
        raise BadFile(f"{file.name} holds no records.")
    console.print(_counts("Receipts", statuses))
    if reasons:
        console.print(_counts("Reasons", reasons))
        console.print("Quarantined records wait at GET /v1/quarantine, each with its reasons.")


def _base(file: Path, source: str, kind: str, channel: str, consent: str | None) -> dict[str, Any]:
    """What every record of the file says unless it says something else itself."""
    if file.suffix == ".ndjson":
        return {"source": source}
    if file.suffix != ".csv":
        raise BadFile(f"{file.name}: only .ndjson and .csv are understood.")
    taken = datetime.fromtimestamp(file.stat().st_mtime, UTC)  # not now: the same file is the same records
    base: dict[str, Any] = {"source": source, "kind": kind, "channel": channel}
    base["occurred_at"] = taken.isoformat()
    if consent is not None:
        base["consent"] = _parsed(consent, "--consent")
    return base


def records_in(file: Path, base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The records of a file, one at a time, so that its size does not matter. Raises BadFile."""
    read = _lines if file.suffix == ".ndjson" else _rows
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            yield from read(file.name, text, base)
    except UnicodeDecodeError as error:
        raise BadFile(f"{file.name} is not UTF-8: save it as UTF-8 first.") from error
    except csv.Error as error:
        raise BadFile(f"{file.name}: {error}.") from error


def _lines(name: str, lines: Iterable[str], base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield base | _parsed(line, f"{name}, line {number}")


def _parsed(text: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadFile(f"{where}: this is not JSON.") from error
    if not isinstance(value, dict):
        raise BadFile(f"{where}: this is not a JSON object.")
    return value


def _rows(name: str, lines: Iterable[str], base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    rows = csv.DictReader(lines)
    _mind_header(name, list(rows.fieldnames or ()))
    for row in rows:
        if None in row:
            raise BadFile(f"{name}, line {rows.line_num}: more cells than the header has columns.")
        record = json.loads(json.dumps(base))
        for column, cell in row.items():
            if cell:
                _place(record, column.split("."), cell)
        record.setdefault("id", str(uuid5(NAMESPACE_URL, json.dumps(row, sort_keys=True))))
        yield record


def _mind_header(name: str, columns: list[str]) -> None:
    odd = [column for column in columns if column not in PLAIN and not column.startswith(NESTED)]
    if odd:
        raise BadFile(
            f"{name}: no field of a record is called {', '.join(map(repr, odd))}. "
            "Name columns like subject.identifiers.phone (see --help)."
        )
    inside = [one for one in columns if any(one.startswith(f"{other}.") for other in columns)]
    if inside:
        raise BadFile(f"{name}: {inside[0]} lies inside another column.")


def _place(record: dict[str, Any], path: list[str], cell: str) -> None:
    for part in path[:-1]:
        record = record.setdefault(part, {})
    record[path[-1]] = cell


async def _send(file: Path, base: dict[str, Any]) -> tuple[Counter[str], Counter[str]]:
    """How many receipts of each status there were, and how many reasons of each code."""
    statuses, reasons = Counter[str](), Counter[str]()
    records = records_in(file, base)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(file.name, total=None)
        async with platform_client("collector") as client:
            while batch := list(islice(records, BATCH)):
                reply = await call(client, "POST", "/v1/records/batch", json={"records": batch})
                receipts = reply.json()["receipts"]
                statuses.update(receipt["status"] for receipt in receipts)
                reasons.update(reason["code"] for one in receipts for reason in one.get("reasons") or ())
                progress.advance(task, len(batch))
    return statuses, reasons


def _counts(title: str, counts: Counter[str]) -> Table:
    table = Table(title, "Count")
    for name, count in counts.most_common():
        table.add_row(name, str(count))
    return table
