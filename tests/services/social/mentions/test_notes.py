"""A market note is listened to like a mention: about nobody, on the platform other."""

from datetime import UTC, datetime
from typing import Any

from kernel.contracts.records import RecordAccepted
from kernel.ids import new_id
from kernel.log.port import Entry
from kernel.store.outbox import _encoder
from tests.services.social.running import Social

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def note(payload: dict[str, Any], sequence: int, **changed: Any) -> RecordAccepted:
    head: dict[str, Any] = {
        "id": new_id(), "version": 1, "subject": None, "occurred_at": NOW, "recorded_at": NOW, "producer": "ingest",
        "epoch": "e1", "sequence": sequence, "record_id": new_id(), "source": "crm", "channel": "competitor",
        "kind": "market_note",
    }  # fmt: skip
    return RecordAccepted(**{**head, **changed}, payload=payload)


async def append(social: Social, *notes: RecordAccepted) -> None:
    log = social.app.state.chassis.log
    await log.append([Entry("records.accepted", one.key, _encoder.encode(one)) for one in notes])
    await social.settled()


async def test_notes_are_mentions_of_the_topics_that_they_name(social: Social) -> None:
    rival = await social.listen("Kho Bờ Rào", "bờ rào", kind="competitor")
    said = note({"brand": "Kho Bờ Rào", "text": "Giảm giá rất mạnh, khách hài lòng", "price": 39_000}, 1)
    again = note(said.payload, 2, record_id=said.record_id)
    await append(social, said, again, note({"price": 1}, 3), note({"text": "x"}, 4, kind="transaction"))
    (mention,) = (await social.get("/v1/mentions"))["items"]
    assert mention["platform"] == "other"
    assert "Giảm giá rất mạnh" in mention["text"]
    page = await social.get(f"/v1/mentions?topic={rival}")
    assert [one["id"] for one in page["items"]] == [mention["id"]]
    (event,) = await social.published()
    assert (event.subject, event.platform, event.topics) == (None, "other", (rival,))
