"""Who a record is about."""

import asyncio
import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.phones import PhoneVerified
from kernel.ids import new_id
from services.ingest.identity.indexing import Indexer
from tests.happened import envelope
from tests.running import until
from tests.services.ingest.harness import Running, about, ago, record

NAMES = (
    "Lý Bảo Trân",
    "Đỗ Minh Khôi",
    "Hồ Gia Hân",
    "Vũ Đức Anh",
    "Mai Thu Cúc",
    "Tạ Quang Huy",
    "Ngô Yến Nhi",
)


def named(name: str, **identifiers: str) -> dict[str, object]:
    return {"identifiers": identifiers, "attributes": {"full_name": name}}


async def subject_of(ingest: Running, **identifiers: object) -> str:
    (receipt,) = await ingest.accept(record(subject=about(**identifiers)))
    return str(receipt["subject_id"])


@given(secret=st.binary(min_size=16, max_size=64), kind=st.text(max_size=9), value=st.text(max_size=40))
def test_a_blind_index_is_hmac_sha_256_under_a_derived_key(secret: bytes, kind: str, value: str) -> None:
    try:
        message = f"{kind}|{value}".encode()
    except UnicodeEncodeError:
        return
    key = hmac.digest(secret, b"chandung|index", "sha256")
    assert Indexer(secret).index(kind, value) == hmac.new(key, message, hashlib.sha256).digest()[:16]


async def test_one_phone_is_one_person_however_it_is_written(ingest: Running) -> None:
    subjects = {
        await subject_of(ingest, phone=written)
        for written in ("0912345678", "+84 912 345 678", "0912.345.678")
    }
    assert len(subjects) == 1


async def test_identifiers_of_one_record_lead_to_one_person_from_then_on(ingest: Running) -> None:
    first = await subject_of(ingest, phone="0912345678", email="tran@example.com")
    assert await subject_of(ingest, email="TRAN@example.com") == first
    assert await subject_of(ingest, email="tran@example.com", social={"facebook": "tran.ly"}) == first
    assert await subject_of(ingest, social={"facebook": "https://facebook.com/tran.ly"}) == first


async def test_several_records_of_a_new_person_in_one_batch_are_one_person(ingest: Running) -> None:
    sent = [record(subject=about(phone="0912345678")) for _ in range(5)]
    receipts = await ingest.accept(*sent)
    assert len({receipt["subject_id"] for receipt in receipts}) == 1
    assert len(await ingest.events("subjects.changed")) == 1


async def test_of_several_people_the_most_telling_identifier_decides_and_nobody_is_merged(
    ingest: Running,
) -> None:
    by_email = await subject_of(ingest, email="an@example.com")
    by_phone = await subject_of(ingest, phone="0912345678")
    assert by_email != by_phone
    assert await subject_of(ingest, email="an@example.com", phone="0912345678") == by_phone
    assert await subject_of(ingest, email="an@example.com") == by_email


async def test_two_citizen_ids_are_two_people_whatever_they_share(ingest: Running) -> None:
    first = await subject_of(ingest, phone="0912345678", national_id="079190123456")
    second = await subject_of(ingest, phone="0912345678", national_id="079190654321")
    assert first != second
    assert await subject_of(ingest, national_id="079190654321") == second


async def test_a_citizen_id_after_the_old_card_is_the_same_person(ingest: Running) -> None:
    first = await subject_of(ingest, phone="0912345678", national_id="023456789")
    assert await subject_of(ingest, phone="0912345678", national_id="079190123456") == first


async def test_a_phone_of_more_than_five_people_no_longer_joins(ingest: Running) -> None:
    receipts = []
    for name in NAMES[:6]:
        receipts += await ingest.accept(record(subject=named(name, phone="0912345678")))
    assert len({receipt["subject_id"] for receipt in receipts}) == 1
    (seventh,) = await ingest.accept(record(subject=named(NAMES[6], phone="0912345678")))
    assert seventh["subject_id"] != receipts[0]["subject_id"]
    (again,) = await ingest.accept(record(subject=named(NAMES[6].upper(), phone="+84912345678")))
    assert again["subject_id"] == seventh["subject_id"]


async def test_an_ip_address_joins_nobody(ingest: Running) -> None:
    first = await subject_of(ingest, phone="0912345678", ip="113.161.1.2")
    assert await subject_of(ingest, phone="0987654321", ip="113.161.1.2") != first


async def test_concurrent_first_records_make_one_person(ingest: Running) -> None:
    answers = await asyncio.gather(
        *(
            ingest.client.post("/v1/records", json=record(subject=about(phone="0912345678")))
            for _ in range(40)
        )
    )
    assert len({answer.json()["subject_id"] for answer in answers}) == 1


async def test_resolve_finds_and_makes_people(ingest: Running) -> None:
    nobody = await ingest.resolve(phone="0912345678")
    assert nobody["subject_id"] is None
    made = await ingest.resolve(phone="0912345678", create=True)
    found = await ingest.resolve(phone="+84912345678")
    assert found["subject_id"] == made["subject_id"]
    assert await subject_of(ingest, phone="0912345678") == made["subject_id"]
    (created,) = await ingest.events("subjects.changed")
    assert created.subject == made["subject_id"]


async def test_resolve_tells_the_index_that_events_carry(ingest: Running) -> None:
    await subject_of(ingest, phone="0912345678")
    (event,) = await ingest.events("records.accepted")
    assert (await ingest.resolve(phone="0912 345 678"))["index"] == event.indexes["phone"][0]


async def test_resolve_makes_nobody_of_unusable_identifiers(ingest: Running) -> None:
    body = {"identifiers": {"phone": "0123", "ip": "1.2.3.4", "hat": "red"}, "create": True}
    answer = await ingest.client.post("/internal/resolve", json=body, headers=ingest.as_service())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/identifiers/phone"


async def test_a_phone_that_was_proved_decides_over_what_is_only_claimed(ingest: Running) -> None:
    both = about(passport="B1234567", phone="0912345678")
    (claims,), (holds,) = [
        await ingest.accept(record(subject=about(**one)))
        for one in ({"passport": "B1234567"}, {"phone": "0912345678"})
    ]
    (before,) = await ingest.accept(record(subject=both))
    assert before["subject_id"] == claims["subject_id"]
    index = (await ingest.resolve(phone="0912345678"))["index"]
    told = {"verification_id": new_id(), "purpose": "verification", "method": "sms", "verified_at": ago()}
    reached = PhoneVerified(**envelope(), index=index, kind="reachable", **told)
    proof = PhoneVerified(**envelope(), index=index, **told)

    async def of_both() -> str:
        (receipt,) = await ingest.accept(record(subject=both))
        return str(receipt["subject_id"])

    async def heard() -> bool:
        return not any([any((await one.lag()).values()) for one in ingest.app.state.chassis.consumers])

    await ingest.feed.send(reached)
    await until(heard)
    assert await of_both() == claims["subject_id"]
    await ingest.feed.send(proof)
    await until(heard)
    assert await of_both() == holds["subject_id"]
