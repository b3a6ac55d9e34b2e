"""How well people are found to be one: `make bench-identity`.

Two public sets of invented people, below `$CHANDUNG_DATA/customers` (by default `../shared/data` beside the checkout).
Every row becomes a record with an invented consent and goes through the intake; the job looks for people, and all that
it suggests is accepted. Told are pairwise precision, recall and F1 of the people that come out; the truth is never part
of a record.
"""

import asyncio
import csv
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from bench.ingest_inprocess import accepting
from kernel.ids import new_id
from services.ingest.app import create_app
from services.ingest.identity.service import every_family
from services.ingest.matching.repository import job_by_id
from services.ingest.matching.service import Matching
from services.ingest.merges.service import accept, page_of_suggestions
from services.ingest.records.domain.reading import split_batch
from services.ingest.settings import IngestSettings

DATA: Final = Path(os.environ.get("CHANDUNG_DATA", Path(__file__).resolve().parents[1] / "../shared/data"))
BATCH: Final = 500


class Row(NamedTuple):
    """A row of a set: who it truly is, and what a record says."""

    truth: str
    subject: dict[str, Any]


class Quality(NamedTuple):
    """Of all pairs of rows said to be one person, how many are; of all that are, how many were found."""

    precision: float
    recall: float
    f1: float


def febrl4(folder: Path) -> Iterator[Row]:
    """Two files of 5,000; the social security number is an account of another system."""
    for name in ("dataset4a.csv", "dataset4b.csv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for raw in csv.DictReader(file):
                row = {key.strip(): value.strip() for key, value in raw.items()}
                line = " ".join(filter(None, (row["street_number"], row["address_1"], row["address_2"])))
                address = {"line": line, "ward": row["suburb"], "province": row["state"]}
                named = {"first_name": row["given_name"], "last_name": row["surname"], "address": address}
                identifiers = {"external_id": "ssn:" + row["soc_sec_id"]}
                attributes = {**named, "date_of_birth": row["date_of_birth"]}
                yield Row(row["rec_id"].split("-")[1], _subject(identifiers, attributes))


def fake1000(folder: Path) -> Iterator[Row]:
    """1,000 rows of 251 people; each row has the number that its system gave it."""
    with (folder / "records.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            identifiers = {"external_id": "row:" + row["unique_id"], "email": row["email"]}
            attributes = {
                "first_name": row["first_name"],
                "last_name": row["surname"],
                "date_of_birth": row["dob"],
                "address": {"province": row["city"]},
            }
            yield Row(row["cluster"], _subject(identifiers, attributes))


def _subject(identifiers: dict[str, Any], attributes: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in attributes.items() if value}
    return {"identifiers": {name: value for name, value in identifiers.items() if value}, "attributes": kept}


SETS: Final = (("febrl4", "identity_febrl4", febrl4, 0.98), ("fake1000", "identity_fake1000", fake1000, 0.90))


def quality(people: list[tuple[str, str]]) -> Quality:
    """Pairwise, of (who it is said to be, who it truly is)."""
    right = _pairs(Counter(people).values())
    said = _pairs(Counter(person for person, _ in people).values())
    true = _pairs(Counter(truth for _, truth in people).values())
    return Quality(right / max(said, 1), right / max(true, 1), 2 * right / max(said + true, 1))


def _pairs(sizes: Any) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)


async def measured(rows: list[Row], folder: Path) -> tuple[Quality, Quality, float]:
    """Quality by identifiers alone, then with every suggestion accepted; and the job's seconds."""
    app = create_app(IngestSettings(data_dir=folder / "var", key_dir=folder / "keys"))
    database, rooms = app.state.chassis.database, app.state.rooms
    async with accepting(app):
        origins = await _taken_in(app, rows)
        alone = quality([(origin, row.truth) for origin, row in zip(origins, rows, strict=True)])
        began = time.perf_counter()
        matching = Matching(database, rooms.vault, 2 << 30)
        key = await matching.queue("bench")
        await matching.work_one()
        took = time.perf_counter() - began
        async with database.snapshot() as connection:
            job = await job_by_id(connection, key)
        if job.state != "done":
            raise RuntimeError(f"the job ended as {job.state}: {job.reason}")
        await _accept_all(database)
        async with database.snapshot() as connection:
            families = await every_family(connection)
    people = [(families.get(origin, origin), row.truth) for origin, row in zip(origins, rows, strict=True)]
    return alone, quality(people), took


async def _taken_in(app: Any, rows: list[Row]) -> list[str]:
    intake, origins = app.state.desk.intake, []
    for start in range(0, len(rows), BATCH):
        body = msgspec.json.encode({"records": [_record(row) for row in rows[start : start + BATCH]]})
        for receipt in await intake.submit(split_batch(body), None):
            if receipt.status != "accepted":
                raise RuntimeError(f"a record was {receipt.status}")
            origins.append(receipt.subject_id)
    return origins


def _record(row: Row) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    consent = {"notice": "core", "version": 1, "purposes": ["service"], "method": "form", "captured_at": now}
    return {
        "id": new_id(),
        "channel": "crm",
        "kind": "profile",
        "occurred_at": now,
        "subject": row.subject,
        "consent": consent,
    }


async def _accept_all(database: Any) -> None:
    while True:
        async with database.transaction() as tx:
            open_ones = await page_of_suggestions(tx, "open", None, 500)
            for one in open_ones:
                await accept(tx, one.id, "bench")
        if not open_ones:
            return


def main() -> None:
    """Print the figures; ends with 1 where one is below what is asked for."""
    good = True
    for name, folder, read, least in SETS:
        if not (DATA / "customers" / folder).is_dir():
            print(
                f"{name}: skipped, {DATA / 'customers' / folder} is not there; CHANDUNG_DATA names another place"
            )
            continue
        rows = list(read(DATA / "customers" / folder))
        with tempfile.TemporaryDirectory() as place:
            alone, found, took = asyncio.run(measured(rows, Path(place)))
        print(f"{name}: {len(rows)} records, job {took:.1f} s")
        for what, told in (("identifiers alone", alone), ("suggestions accepted", found)):
            print(f"  {what:<21} precision {told.precision:.4f}  recall {told.recall:.4f}  F1 {told.f1:.4f}")
        good = good and found.f1 >= least
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
