"""The cheaters planted in the demo are found by the forensics, and nobody else is flagged."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.demo.company import records
from deploy.demo.fieldwork import CHEATS
from kernel.contracts.records import CollectorEvidence, RecordAccepted
from kernel.ids import new_id
from kernel.phone import block_of, is_template, normalise
from services.verify.collectors.stream import watch_collection
from tests.services.verify.running import running


def told(record: dict[str, Any], people: dict[str, str]) -> RecordAccepted | None:
    """The event of a record that names a collector, as ingest publishes it but for its keyed hashes."""
    taken, identifiers = record.get("collector"), record.get("subject", {}).get("identifiers", {})
    phone = normalise(str(identifiers.get("phone", "")))
    if not taken or not phone:
        return None
    at = datetime.fromisoformat(record["occurred_at"])
    place = taken["location"]
    evidence = CollectorEvidence(
        taken["id"],
        taken["device_id"],
        datetime.fromisoformat(taken["started_at"]),
        taken["duration_ms"],
        f"{place['lat']:.1f},{place['lon']:.1f}",
        None,
        block_of(phone),
        is_template(phone),
    )
    return RecordAccepted(
        id=new_id(),
        version=1,
        subject=people.setdefault(phone, new_id()),
        occurred_at=at,
        recorded_at=at,
        record_id=record["id"],
        source="default",
        channel=record["channel"],
        kind=record["kind"],
        payload=record.get("payload", {}),
        indexes={"phone": (phone,)},
        collector=evidence,
    )


async def test_the_planted_cheaters_are_flagged_and_only_they(tmp_path: Path) -> None:
    people: dict[str, str] = {}
    events = []
    for record in records(customers=600, now=datetime(2026, 11, 24, 5, tzinfo=UTC)):
        try:
            event = told(record, people)
        except (KeyError, TypeError, ValueError):  # planted flaws never become events
            continue
        if event is not None:
            events.append(event)
    async with running(tmp_path) as verify:
        for start in range(0, len(events), 500):
            async with verify.database.transaction() as tx:
                await watch_collection(tx, events[start : start + 500])
        items = (await verify.get("/v1/verify/collectors"))["items"]
        queued = (await verify.get("/v1/verify/reviews?limit=1000"))["items"]
    flagged = {item["id"] for item in items if item["flagged"]}
    assert flagged == set(CHEATS), [(i["id"], i["n"], i["score"], i["reasons"]) for i in items if i["score"]]
    assert {item["collector"] for item in queued} >= {"staff-88"}
