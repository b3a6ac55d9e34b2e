"""`chandung import`: a file's records into the platform, through the API as everyone else."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from deploy.cli.session import platform_client
from deploy.demo.connect import call

BATCH = 500
LOOK_EVERY_S = 0.3
LINES = (".ndjson", ".jsonl")
TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls")
OUTCOMES = ("accepted", "duplicate", "conflict", "quarantined", "failed")
console = Console()


class BadFile(ValueError):
    """The file, or what was said about it, cannot be read as records; the message says where."""


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, XLS, or records as .ndjson (one a line).")],
    source: Annotated[str, typer.Option(help="The registered source they come from.")] = "default",
    kind: Annotated[str | None, typer.Option(help="Kind of the rows; a preset's own, else profile.")] = None,
    channel: Annotated[str | None, typer.Option(help="Channel of the rows; by their kind.")] = None,
    preset: Annotated[str | None, typer.Option(help="Whose export it is; recognised when absent.")] = None,
    mapping: Annotated[str | None, typer.Option(help="JSON, or a file of it: column to field.")] = None,
    consent: Annotated[str | None, typer.Option(help="Consent that all of them gave, as JSON.")] = None,
    basis: Annotated[
        str | None, typer.Option(help="contract or legal_obligation, or JSON with a proof.")
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would be stored; keep nothing.")
    ] = False,
) -> None:
    """Bring a file in: columns are understood by their names, in Vietnamese or English, whatever the encoding.

    A column may also be named like the field that it is, such as subject.identifiers.phone. Sending a file twice stores
    it once. What could not be stored waits in quarantine, and GET /v1/imports/{id}/errors.csv says why.
    """
    if file.suffix.lower() in LINES:
        statuses, reasons = asyncio.run(_send_lines(file, source))
        if not statuses:
            raise BadFile(f"{file.name} holds no records.")
        _tell(statuses, reasons)
        return
    if file.suffix.lower() not in TABLES:
        raise BadFile(f"{file.name}: one of {', '.join((*TABLES, *LINES))} is understood.")
    file.stat()  # a missing file is said before anything else
    given = {"source": source, "kind": kind, "channel": channel, "preset": preset}
    given |= {"mapping": _mapping(mapping), "consent": consent, "basis": _basis(basis)}
    form = {name: value for name, value in given.items() if value}
    for name in ("mapping", "consent", "basis"):
        if name in form:
            _parsed(form[name], f"--{name}")
    asyncio.run(_preview(file, form) if preview else _upload(file, form))


def _mapping(told: str | None) -> str | None:
    if told is None or told.lstrip().startswith("{"):
        return told
    return Path(told).read_text("utf-8-sig")


def _basis(told: str | None) -> str | None:
    if told is None or told.lstrip().startswith("{"):
        return told
    return json.dumps({"kind": told})


async def _preview(file: Path, form: Mapping[str, str]) -> None:
    async with platform_client("collector") as client:
        with file.open("rb") as content:
            told = (
                await call(
                    client, "POST", "/v1/imports/preview", files={"file": (file.name, content)}, data=form
                )
            ).json()
    read_as = told["sheet"] or f"{told['encoding']}, separated by {told['separator']!r}"
    console.print(f"{file.name}: {read_as}; kind {told['kind']}; preset {told['preset'] or 'none'}")
    columns = Table("Column", "Field", "Confidence")
    for one in told["columns"]:
        columns.add_row(
            one["column"], one["field"] or "-", f"{one['confidence']:.0%}" if one["field"] else ""
        )
    console.print(columns)
    for record in told["rows"][:3]:
        console.print_json(data=record)
    for one in told["problems"][:20]:
        console.print(f"row {one['row']}, {one['column'] or 'whole row'}: {one['detail']} ({one['code']})")


async def _upload(file: Path, form: Mapping[str, str]) -> None:
    async with platform_client("collector") as client:
        with file.open("rb") as content:
            answer = await call(
                client, "POST", "/v1/imports", files={"file": (file.name, content)}, data=form
            )
        key = answer.json()["id"]
        state = await _watched(client, key, file.name)
        if state["state"] == "failed":
            raise BadFile(f"{file.name}: {state['reason']}")
        errors = (await call(client, "GET", f"/v1/imports/{key}/errors.csv")).text.splitlines()[1:]
    _tell(
        Counter({name: state[name] for name in OUTCOMES if state[name]}),
        Counter(line.split(",")[-2] for line in errors if line.count(",") == 3),
    )
    console.print(
        f"Import {key}: errors at GET /v1/imports/{key}/errors.csv, undone by POST /v1/imports/{key}/undo."
    )


async def _watched(client: httpx2.AsyncClient, key: str, name: str) -> dict[str, Any]:
    """The last state of an import, with a bar until then."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(name, total=None)
        while True:
            state: dict[str, Any] = (await call(client, "GET", f"/v1/imports/{key}")).json()
            progress.update(task, total=state["total"], completed=sum(state[one] for one in OUTCOMES))
            if state["state"] in ("done", "failed", "undone"):
                return state
            await asyncio.sleep(LOOK_EVERY_S)


def records_in(file: Path, base: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The records of a file with one a line, one at a time, so that its size does not matter. Raises BadFile."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            yield from _lines(file.name, text, base)
    except UnicodeDecodeError as error:
        raise BadFile(f"{file.name} is not UTF-8: save it as UTF-8 first.") from error


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


async def _send_lines(file: Path, source: str) -> tuple[Counter[str], Counter[str]]:
    """How many receipts of each status there were, and how many reasons of each code."""
    statuses, reasons = Counter[str](), Counter[str]()
    records = records_in(file, {"source": source})
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


def _tell(statuses: Counter[str], reasons: Counter[str]) -> None:
    console.print(_counts("Receipts", statuses))
    if reasons:
        console.print(_counts("Reasons", reasons))
    if statuses["quarantined"]:
        console.print("Quarantined records wait at GET /v1/quarantine, each with its reasons.")


def _counts(title: str, counts: Counter[str]) -> Table:
    table = Table(title, "Count")
    for name, count in counts.most_common():
        table.add_row(name, str(count))
    return table
