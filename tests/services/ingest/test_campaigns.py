"""What answers cost, who referred whom, what was said in interviews, and what was heard of the market."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from kernel.contracts.phones import PhoneVerified
from kernel.ids import new_id
from services.ingest.campaigns import service as campaigns_service
from services.ingest.campaigns.domain import cost, key_of
from services.ingest.campaigns.service import note_verified
from services.ingest.identity.indexing import text_of
from services.ingest.identity.pointers import point
from services.ingest.records.tables import record as stored
from services.ingest.referrals import service as referrals_service
from services.ingest.tables import metadata
from tests.happened import envelope
from tests.running import differences, until
from tests.services.ingest.harness import Running, about, consent, record

TVC = {
    "name": "Tết 2027 – TVC",
    "medium": "television",
    "spend": [{"spent_on": "2026-11-01", "amount": 1_000_000}],
}


def index_of(ingest: Running, phone: str) -> bytes:
    (pointer,) = point(ingest.app.state.rooms.reader.indexer, [("phone", phone)]).joining
    return pointer[2]


async def campaign(ingest: Running, key: str) -> dict[str, Any]:
    found: dict[str, Any] = (await ingest.client.get(f"/v1/campaigns/{key}")).json()
    return found


async def register(ingest: Running, **changed: Any) -> dict[str, Any]:
    answer = await ingest.client.post("/v1/campaigns", json={**TVC, **changed})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_leads_and_what_they_cost_follow_the_stored_records(ingest: Running) -> None:
    made = await register(ingest)
    assert (made["key"], made["leads"], made["cost_per_lead"]) == ("tet-2027-tvc", 0, None)
    named = {"campaign": "tet-2027-tvc"}
    sent = [
        record("profile", payload=named, subject=about(phone="0912000001")),
        record("attendance", payload={"event_name": "Hội chợ", **named}, subject=about(phone="0912000001")),
        record("profile", payload={"campaign": made["id"]}, subject=about(phone="0912000002")),
    ]
    await ingest.accept(*sent)
    await ingest.send(
        *sent, record(channel="?", payload=named), record(payload={"campaign": "Chiến dịch khác!"})
    )
    told = await campaign(ingest, made["id"])
    assert (told["leads"], told["people"], told["valid"]) == (3, 2, 0)
    assert (told["spent"], told["cost_per_lead"], told["cost_per_valid"]) == (1_000_000, 333_333, None)
    more = {
        "spend": [
            {"spent_on": "2026-11-02", "amount": 500_000},
            {"spent_on": "2026-11-03", "amount": -200_000},
        ]
    }
    answer = await ingest.client.post(f"/v1/campaigns/{made['id']}/spend", json=more)
    assert (answer.json()["spent"], answer.json()["cost_per_lead"]) == (1_300_000, 433_333)
    (event,) = [one for one in await ingest.events("records.accepted") if one.kind == "attendance"]
    assert event.payload == {"event_name": "Hội chợ", **named}


async def test_a_record_is_valid_once_its_person_proved_to_hold_the_phone(ingest: Running) -> None:
    made = await register(ingest)
    phones = ("0912000001", "0912000002")
    await ingest.accept(
        *(record(payload={"campaign": made["key"]}, subject=about(phone=phone)) for phone in phones)
    )
    proof = PhoneVerified(
        **envelope(), index=text_of(index_of(ingest, phones[0])), verification_id=new_id(), purpose="verification",
        method="sms", verified_at=datetime.now(UTC),
    )  # fmt: skip
    stranger = PhoneVerified(
        **envelope(), index=text_of(index_of(ingest, "0912999999")), verification_id=new_id(), purpose="verification",
        method="sms", verified_at=datetime.now(UTC),
    )  # fmt: skip
    await ingest.feed.send(proof, stranger, proof)

    async def counted() -> Any:
        told = await campaign(ingest, made["id"])
        return told if told["valid"] else None

    told = await until(counted)
    assert (told["leads"], told["valid"], told["cost_per_valid"]) == (2, 1, 1_000_000)


async def test_a_record_that_is_taken_out_no_longer_counts(ingest: Running) -> None:
    made = await register(ingest)
    sent = [record(payload={"campaign": made["key"]}) for _ in range(3)]
    await ingest.accept(*sent)
    async with ingest.app.state.chassis.database.transaction() as tx:
        await tx.execute(sa.delete(stored).where(stored.c.id == sent[0]["id"]))
    assert (await campaign(ingest, made["id"]))["leads"] == 2


async def test_a_campaign_is_registered_once(ingest: Running) -> None:
    made = await register(ingest)
    assert await register(ingest) == made
    answer = await ingest.client.post("/v1/campaigns", json={**TVC, "medium": "press"})
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (409, "campaign-exists")
    for bad in (
        {"name": "!!!"},
        {"medium": "tv"},
        {"spend": [{"spent_on": "x", "amount": 1}]},
        {"key": "A b"},
    ):
        assert (await ingest.client.post("/v1/campaigns", json={**TVC, **bad})).status_code == 422
    other = await register(ingest, key="bao-giay", name="Báo giấy", medium="press")
    page = (await ingest.client.get("/v1/campaigns?limit=1")).json()
    assert [item["id"] for item in page["items"]] == [other["id"]]
    page = (await ingest.client.get(f"/v1/campaigns?limit=1&cursor={page['next_cursor']}")).json()
    assert ([item["id"] for item in page["items"]], page["next_cursor"]) == ([made["id"]], None)
    assert (await ingest.client.get(f"/v1/campaigns/{new_id()}")).status_code == 404


def test_keys_and_costs() -> None:
    assert [key_of(name) for name in ("Đường phố 2", "  -- ", "Báo giấy/TN")] == [
        "duong-pho-2",
        "",
        "bao-giay-tn",
    ]
    assert [cost(10, 4), cost(10, 0), cost(0, 3), cost(7, 2)] == [3, None, 0, 4]


async def referrals(ingest: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ingest.client.get("/v1/referrals")).json()["items"]
    return found


async def test_the_referred_one_is_a_stub_until_a_record_of_theirs_is_stored(ingest: Running) -> None:
    referred = {"phone": "0912000009", "email": "moi@example.com"}
    (receipt,) = await ingest.accept(
        record("referral", subject=about(phone="0912000001"), payload={"referred_identifiers": referred})
    )
    (edge,) = await referrals(ingest)
    assert (edge["referrer_id"], edge["referred_id"]) == (receipt["subject_id"], None)
    await ingest.refuse(record(subject=about(phone="0912000009"), consent=None))
    assert (await referrals(ingest))[0]["referred_id"] is None
    (joined,) = await ingest.accept(record(subject=about(email="moi@example.com")))
    assert (await referrals(ingest))[0]["referred_id"] == joined["subject_id"]
    (event,) = [one for one in await ingest.events("records.accepted") if one.kind == "referral"]
    assert set(event.payload["referred"]) == {"phone", "email"}
    assert not {text_of(index_of(ingest, "0912000009"))} & set(event.payload["referred"].values())


async def test_erasure_reaches_whoever_was_referred_or_proved_their_phone(ingest: Running) -> None:
    await ingest.accept(record("referral", payload={"referred_identifiers": {"phone": "0912000009"}}))
    (joined,) = await ingest.accept(record(subject=about(phone="0912000009")))
    origins = [joined["subject_id"]]
    async with ingest.app.state.chassis.database.transaction() as tx:
        await note_verified(tx, {origins[0]: 1})
        assert await referrals_service.forget_origins(tx, origins) == {"referrals": 1}
        assert await campaigns_service.forget_origins(tx, origins) == {"proofs of a phone": 1}
        assert await campaigns_service.forget_origins(tx, origins) == {"proofs of a phone": 0}
    assert await referrals(ingest) == []


async def test_an_interview_has_questions_whose_answers_are_its_text(ingest: Running) -> None:
    asked = [{"q": "Chị thích gì?", "a": "Cà phê đậm, gọi 0987654321"}, {"q": "Mấy lần một tuần?", "a": 3}]
    await ingest.accept(
        record("interview", payload={"questions": asked}),
        record("interview", payload={"text": "Tóm tắt", "questions": asked[:1]}),
    )
    first, second = [event.payload for event in await ingest.events("records.accepted")]
    assert first["text"].startswith("Cà phê đậm")
    assert "0987654321" not in str(first)
    assert [one["q"] for one in first["questions"]] == ["Chị thích gì?", "Mấy lần một tuần?"]
    assert first["questions"][1]["a"] == 3
    assert second["text"] == "Tóm tắt"
    assert await ingest.refuse(record("interview", payload={"questions": [{"a": "?"}]})) == ["field-missing"]


async def test_market_notes_are_served_redacted_newest_first(ingest: Running) -> None:
    notes = [
        record(
            "market_note",
            channel="competitor",
            payload={"text": f"Quán {n} giảm giá, hỏi 0987654321", "price": n},
        )
        for n in range(3)
    ]
    for note in notes:
        del note["subject"]
        await ingest.accept(note)
    await ingest.accept(record())
    page = (await ingest.client.get("/v1/notes?limit=2")).json()
    assert [item["id"] for item in page["items"]] == [notes[2]["id"], notes[1]["id"]]
    assert page["items"][0]["text"].startswith("Quán 2 giảm giá")
    assert "0987654321" not in str(page)
    page = (await ingest.client.get(f"/v1/notes?cursor={page['next_cursor']}")).json()
    assert [item["price"] for item in page["items"]] == [0]


async def test_the_migrated_schema_is_what_the_tables_say(ingest: Running) -> None:
    async with ingest.app.state.chassis.database.transaction() as tx:
        assert await tx.run_sync(differences, metadata) == []


async def test_a_record_with_more_against_it_than_for_it_is_never_valid(ingest: Running) -> None:
    made = await register(ingest)
    nobody = about(phone="0912000001") | {"attributes": {"full_name": "test", "date_of_birth": "1790-01-01"}}
    by_default: dict[str, Any] = {
        "consent": consent(method="default"),
        "collector": {"id": "staff-1", "duration_ms": 100},
    }
    answer: dict[str, Any] = {"payload": {"campaign": made["key"]}, "channel": "form"}
    await ingest.accept(
        record(subject=about(phone="0912000001"), **answer), record(subject=nobody, **answer, **by_default)
    )
    proof = PhoneVerified(
        **envelope(), index=text_of(index_of(ingest, "0912000001")), verification_id=new_id(), purpose="verification",
        method="sms", verified_at=datetime.now(UTC),
    )  # fmt: skip
    await ingest.feed.send(proof)

    async def counted() -> Any:
        told = await campaign(ingest, made["id"])
        return told if told["valid"] else None

    told = await until(counted)
    assert (told["leads"], told["valid"], told["doubted"]) == (2, 1, 1)
    assert (told["valid_from"], told["cost_per_valid"]) == (0.5, 1_000_000)
