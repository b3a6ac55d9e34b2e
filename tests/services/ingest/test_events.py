"""What others may know of a record: declared fields only, redacted, people as ids and blind indexes."""

import json
import re
from hashlib import sha256
from typing import Any

import msgspec

from kernel.contracts.records import RecordAccepted
from services.ingest.identity.indexing import Indexer
from services.ingest.records.domain.draft import draft_of
from services.ingest.records.domain.events import event_of as made
from services.ingest.records.domain.whom import SubjectReader
from tests.services.ingest.harness import Running, about, ago, consent, record

NAME = "Lý Bảo Trân"


async def event_of(ingest: Running, sent: dict[str, Any]) -> RecordAccepted:
    await ingest.accept(sent)
    (event,) = [event for event in await ingest.events("records.accepted") if event.record_id == sent["id"]]
    assert isinstance(event, RecordAccepted)
    return event


async def test_an_order_travels_with_its_declared_fields(ingest: Running) -> None:
    item = {"sku": "CF-1", "name": "Cà phê phin", "category": "cà phê", "quantity": 2, "unit_price": 45_000}
    order = {
        "order_id": "MH00001-003",
        "items": [item],
        "total": 90_000,
        "currency": "VND",
        "payment_method": "momo",
    }
    event = await event_of(
        ingest, record("transaction", payload={**order, "cashier": NAME, "returned": False})
    )
    assert event.payload == {**order, "returned": False}
    assert (event.kind, event.channel, event.source) == ("transaction", "web", "default")


async def test_an_order_number_that_may_be_a_phone_is_told_apart_only(ingest: Running) -> None:
    first = await event_of(ingest, record("transaction", payload={"order_id": "DH0912345678"}))
    second = await event_of(ingest, record("transaction", payload={"order_id": "DH0912345678"}))
    assert "0912345678" not in str(first.payload)
    assert first.payload == second.payload


async def test_traits_are_linkable_and_coarse(ingest: Running) -> None:
    attributes = {
        "full_name": NAME,
        "date_of_birth": "1990-04-01",
        "gender": "female",
        "occupation": "y tá",
        "religion": "x",
        "shoe_size": 38,
        "address": {"line": "17 Ngõ Sơn Ca", "ward": "Phường 3", "province": "Huế"},
    }
    event = await event_of(
        ingest, record(subject={"identifiers": {"phone": "0912345678"}, "attributes": attributes})
    )
    assert event.traits == {"birth_year": 1990, "gender": "female", "occupation": "y tá", "province": "Huế"}


async def test_texts_are_redacted_the_records_own_name_too(ingest: Running) -> None:
    who = {"identifiers": {"phone": "0912345678"}, "attributes": {"full_name": NAME}}
    texts = {
        "text": "Tôi là lý bảo trân, gọi 0987 654 321 nhé, sản phẩm tốt lắm",
    }
    event = await event_of(ingest, record("feedback", subject=who, payload={**texts, "rating": 5}))
    assert "trân" not in event.payload["text"]
    assert "654" not in event.payload["text"]
    assert "sản phẩm tốt lắm" in event.payload["text"]
    assert event.payload["rating"] == 5


async def test_free_members_are_redacted_and_named_identifiers_left_out(ingest: Running) -> None:
    properties = {
        "category": "trà",
        "email": "a@example.com",
        "note": ["mail b@example.com"],
        "n": 912345678,
        "price": 5,
    }
    event = await event_of(ingest, record("interaction", payload={"name": "view", "properties": properties}))
    shown = event.payload["properties"]
    assert shown["category"] == "trà"
    assert shown["price"] == 5
    assert "email" not in shown
    assert shown["n"] is None
    assert "example.com" not in str(shown)


async def test_identifiers_travel_as_blind_indexes(ingest: Running) -> None:
    event = await event_of(
        ingest,
        record(
            subject=about(phone="0912345678", social={"zalo": "0912345678", "myspace": "x"}, ip="1.2.3.4")
        ),
    )
    assert set(event.indexes) == {"phone", "social.zalo", "social.other", "ip"}
    assert all(re.fullmatch(r"[\w-]{22}", index) for indexes in event.indexes.values() for index in indexes)
    assert event.indexes["phone"] != event.indexes["social.zalo"]


async def test_the_referred_person_leads_to_nobody(ingest: Running) -> None:
    sent = record("referral", payload={"referred_identifiers": {"phone": "0987654321", "email": "?"}})
    event = await event_of(ingest, sent)
    stub = event.payload["referred"]["phone"]
    assert set(event.payload["referred"]) == {"phone"}
    assert stub != (await ingest.resolve(phone="0987654321"))["index"]


async def test_the_act_of_consent_travels_without_its_proof(ingest: Running) -> None:
    event = await event_of(ingest, record(consent=consent("service", "telepathy", proof=f"Ký bởi {NAME}")))
    assert event.consent is not None
    assert event.consent.purposes == ("service",)
    assert event.consent.proof == sha256(f"Ký bởi {NAME}".encode()).hexdigest()


async def test_a_collector_is_pseudonymous_and_its_place_coarse(ingest: Running) -> None:
    collector = {
        "id": "staff-77",
        "device_id": "tablet-77",
        "duration_ms": 83_000,
        "location": {"lat": 10.77612, "lon": 106.70045},
    }
    event = await event_of(ingest, record(collector=collector))
    assert event.collector is not None
    assert (event.collector.id, event.collector.area) == ("staff-77", "10.8,106.7")
    assert event.collector.device != "tablet-77"


async def test_a_market_note_has_no_subject(ingest: Running) -> None:
    sent = record("market_note", payload={"text": "Quán mới mở", "brand": "Phin Đỏ", "price": 39_000})
    del sent["subject"], sent["consent"]
    event = await event_of(ingest, sent)
    assert event.subject is None
    assert event.payload["brand"] == "Phin Đỏ"


def test_what_an_event_is_made_of_stays_as_it_was_for_a_second_try() -> None:
    sent = record("transaction", payload={"order_id": "DH0912345678", "items": [{"sku": "0912345678"}]})
    indexer = Indexer(b"a secret of the tests, long enough")
    draft = draft_of(json.dumps(sent).encode(), SubjectReader(indexer, 10), ago())
    assert draft.record is not None
    first, second = (made(draft, draft.record, "s", None, indexer, ago()) for _ in range(2))
    assert first.payload == second.payload
    again = draft_of(draft.raw, SubjectReader(indexer, 10), ago())
    assert msgspec.json.encode(draft.record) == msgspec.json.encode(again.record)
