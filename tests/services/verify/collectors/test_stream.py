"""From records to what an operator reads about a collector."""

from collections.abc import Sequence
from typing import Any

from kernel.contracts.records import CollectorEvidence, RecordAccepted
from kernel.ids import new_id
from services.verify.collectors.stream import watch_collection
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


async def apply(verify: Verify, records: Sequence[RecordAccepted]) -> None:
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
