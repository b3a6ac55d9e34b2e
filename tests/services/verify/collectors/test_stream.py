"""From records to what an operator reads about a collector."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from kernel.contracts.event import Event
from kernel.contracts.records import CollectorEvidence, RecordAccepted, RecordsWithdrawn
from kernel.ids import new_id
from services.verify.collectors.stream import watch_collection
from services.verify.collectors.tables import answers, block, device, doubted, number, share, sheet, tally
from tests.running import body_of
from tests.services.verify.running import NOON, Verify

PATH = "/v1/verify/collectors"


def record(collector: str | None, **more: Any) -> RecordAccepted:
    """An accepted record."""
    taken = {name: more.pop(name) for name in ("device", "duration_ms") if name in more}
    fields: dict[str, Any] = {
        "id": new_id(),
        "version": 1,
        "subject": new_id(),
        "occurred_at": NOON,
        "recorded_at": NOON,
        "record_id": new_id(),
        "source": "default",
        "channel": "form",
        "kind": "profile",
        **more,
    }
    return RecordAccepted(collector=CollectorEvidence(id=collector, **taken) if collector else None, **fields)


async def apply(verify: Verify, records: Sequence[Event]) -> None:
    async with verify.database.transaction() as tx:
        await watch_collection(tx, records)


async def test_cheats_stand_out_and_honest_staff_do_not(verify: Verify) -> None:
    answers = [{"price": n % 5, "quality": n % 4, "nps": n % 11} for n in range(24)]
    for n in range(24):
        await apply(
            verify,
            [
                record("honest", duration_ms=150_000, device="t1"),
                record("honest", kind="survey", duration_ms=90_000, payload={"answers": answers[n]}),
                record("hasty", duration_ms=6_000),
                record("copies", kind="survey", duration_ms=150_000, payload={"answers": answers[0]}),
                record("own-number", indexes={"phone": ("index-1",)}),
                record(f"name-{n}", device="one tablet"),
                record(None, kind="survey", payload={"answers": answers[0]}),
            ],
        )
    items = {item["id"]: item for item in body_of(await verify.ask("GET", PATH))["items"]}
    assert items["honest"] == {"id": "honest", "n": 48, "score": 0.0, "flagged": False, "reasons": []}
    for name, code in (
        ("hasty", "too-fast"),
        ("copies", "same-answers"),
        ("own-number", "shared-number"),
        ("name-7", "shared-device"),
    ):
        assert items[name]["flagged"], name
        assert [reason["code"] for reason in items[name]["reasons"]] == [code]
        assert items[name]["reasons"][0]["detail"]


async def test_collectors_come_in_pages(verify: Verify) -> None:
    await apply(verify, [record(f"staff-{n}") for n in range(5)])
    seen: list[str] = []
    path = f"{PATH}?limit=2"
    while path:
        body = body_of(await verify.ask("GET", path))
        seen += [item["id"] for item in body["items"]]
        path = f"{PATH}?limit=2&cursor={body['next_cursor']}" if body["next_cursor"] else ""
    assert seen == [f"staff-{n}" for n in range(5)]
    assert (await verify.ask("GET", f"{PATH}?cursor=forged!")).status == 422


async def test_those_who_collect_do_not_read_their_scores(verify: Verify) -> None:
    reply = await verify.ask("GET", PATH, scopes=frozenset({"collect:write", "verify:write"}))
    assert reply.status == 403


async def test_records_without_a_collector_write_nothing(verify: Verify) -> None:
    await apply(verify, [record(None) for _ in range(100)])
    assert body_of(await verify.ask("GET", PATH)) == {"items": [], "next_cursor": None}


def withdrawn(*records: RecordAccepted, reason: str = "undo") -> RecordsWithdrawn:
    """The event that takes records of one person back."""
    return RecordsWithdrawn(
        id=new_id(),
        version=RecordsWithdrawn.VERSION,
        subject=records[0].subject,
        occurred_at=NOON,
        recorded_at=NOON,
        record_ids=tuple(one.record_id for one in records),
        kinds=tuple(sorted({one.kind for one in records})),
        reason=reason,
    )


TABLES = (tally, device, number, answers, block, sheet, doubted, share)


async def everything(verify: Verify) -> dict[str, list[Any]]:
    """Every row that collection leaves, but for where a collector was last."""
    async with verify.database.snapshot() as connection:
        found = {
            table.name: [tuple(row) for row in await connection.execute(sa.select(table))] for table in TABLES
        }
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def fieldwork(collector: str, subject: str, hour: int, **answers_given: Any) -> RecordAccepted:
    """A survey that every counter has something to say about."""
    taken = CollectorEvidence(
        id=collector,
        device="t1",
        started_at=NOON + timedelta(hours=hour),
        duration_ms=4_000,
        area=f"{10 + 5 * hour}.0,106.7",
        number_template=True,
        number_block=f"block {subject[-2:]}",
        audio_ms=100,
    )
    made = record(None, kind="survey", subject=subject, payload={"form": "f", "answers": answers_given})
    return msgspec.structs.replace(made, collector=taken, indexes={"phone": (f"index {subject[-2:]}",)})


async def test_what_was_withdrawn_is_taken_off_as_if_it_had_never_been(verify: Verify) -> None:
    people = [new_id() for _ in range(3)]
    stays = [fieldwork("staff", people[0], 0, a=1, b=2, c=3), fieldwork("other", people[1], 0, a=1, b=1, c=1)]
    await apply(verify, stays)
    before = await everything(verify)
    mine = [fieldwork("staff", people[2], 1, a=9, b=9, c=9), fieldwork("staff", people[2], 2, a=1, b=2, c=3)]
    back_check = fieldwork("back", people[0], 3, a=7, b=7, c=7)  # counts for whoever asked first
    await apply(verify, [*mine, back_check])
    reviewed = body_of(
        await verify.ask("POST", f"/v1/verify/reviews/{mine[0].record_id}", {"verdict": "false"})
    )
    assert reviewed["state"] == "false"
    assert {item["id"]: item["n"] for item in (await verify.get(PATH))["items"]} == {
        "back": 1, "other": 1, "staff": 3,
    }  # fmt: skip
    await apply(verify, [withdrawn(*mine), withdrawn(back_check, reason="corrected")])
    assert await everything(verify) == before


async def test_a_record_may_come_in_again_in_the_batch_in_which_it_went(verify: Verify) -> None:
    one = fieldwork("staff", new_id(), 0, a=1)
    await apply(verify, [one, withdrawn(one), one])
    assert [item["n"] for item in (await verify.get(PATH))["items"]] == [1]
    await apply(verify, [withdrawn(one), withdrawn(one)])
    assert (await verify.get(PATH))["items"] == []


async def test_what_is_over_its_time_is_forgotten_but_stays_counted(verify: Verify) -> None:
    one = fieldwork("staff", new_id(), 0, a=1, b=2, c=3)
    await apply(verify, [one])
    await apply(verify, [withdrawn(one, reason="retention")])
    left = await everything(verify)
    assert [row[0] for row in left["collector_tally"]] == ["staff"]
    assert not any(str(one.subject) in str(rows) or one.record_id in str(rows) for rows in left.values())
