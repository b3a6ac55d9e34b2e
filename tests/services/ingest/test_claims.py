"""Whoever proved to hold a phone is not spoken for by those who only know its number."""

from typing import Any

import pytest

from kernel.contracts.phones import PhoneVerified
from kernel.ids import new_id
from tests.happened import envelope
from tests.running import until
from tests.services.ingest.harness import Running, about, ago, consent, record

VICTIM = "0912345678"
MARKETING = ("service", "marketing")


async def prove(ingest: Running, phone: str, subject: str | None = None) -> None:
    """The holder of a phone proves to hold it, and ingest has heard of it."""
    told = {"verification_id": new_id(), "purpose": "verification", "method": "sms", "verified_at": ago()}
    index = (await ingest.resolve(phone=phone))["index"]
    await ingest.feed.send(PhoneVerified(**(envelope() | {"subject": subject}), index=index, **told))

    async def heard() -> bool:
        return not any([any((await one.lag()).values()) for one in ingest.app.state.chassis.consumers])

    await until(heard)


async def suggestions(ingest: Running) -> list[dict[str, Any]]:
    answer = await ingest.client.get("/v1/identity/suggestions")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def revealed(ingest: Running, subject: str, *fields: str, **claims: Any) -> dict[str, str]:
    answer = await ingest.reveal(ingest.grant(subject, *fields, **claims))
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.json()["fields"]
    return found


@pytest.fixture
async def victim(ingest: Running) -> str:
    """Somebody who agreed to service alone, and proved to hold their phone."""
    subject = about(phone=VICTIM, email="lan@shop.example") | {"attributes": {"full_name": "Vũ Ngọc Lan"}}
    (receipt,) = await ingest.accept(record(subject=subject, consent=consent("service")))
    await prove(ingest, VICTIM)
    return str(receipt["subject_id"])


async def test_a_stranger_with_their_number_neither_joins_them_nor_agrees_for_them(
    ingest: Running, victim: str
) -> None:
    attack = record(subject=about(phone=VICTIM), consent=consent(*MARKETING))
    (receipt,) = await ingest.accept(attack)
    assert receipt["subject_id"] != victim
    assert [reason["code"] for reason in receipt["reasons"]] == ["claim-unproved"]
    (suggestion,) = await suggestions(ingest)
    assert {suggestion["a"], suggestion["b"]} == {victim, receipt["subject_id"]}
    assert [(one["field"], one["level"]) for one in suggestion["evidence"]] == [("phone", "unproved")]
    told = [event for event in await ingest.events("records.accepted") if event.consent]
    assert [
        event.subject for event in told if "marketing" in event.consent.purposes
    ] == [receipt["subject_id"]]  # fmt: skip
    assert (await ingest.resolve(phone=VICTIM))["subject_id"] == victim
    assert await ingest.refuse(record(kind="survey", subject=about(phone=VICTIM), consent=None)) == [
        "consent-missing"
    ]


async def test_the_number_is_not_revealed_of_whoever_only_claims_it(ingest: Running, victim: str) -> None:
    subject = about(phone=VICTIM) | {"attributes": {"full_name": "Kẻ Lạ Mặt"}}
    (receipt,) = await ingest.accept(record(subject=subject, consent=consent(*MARKETING)))
    claimant = receipt["subject_id"]
    assert await revealed(ingest, claimant, "phone", "full_name", purpose="marketing") == {
        "full_name": "Kẻ Lạ Mặt"
    }
    proving = await revealed(ingest, claimant, "phone", purpose="verification")
    assert proving == await revealed(ingest, victim, "phone")
    await prove(ingest, VICTIM, claimant)
    assert await revealed(ingest, claimant, "phone", purpose="marketing") == proving


async def test_a_further_claim_goes_to_the_same_origin_and_suggests_it_once(
    ingest: Running, victim: str
) -> None:
    receipts = [
        (await ingest.accept(record(subject=about(phone=VICTIM), consent=consent(*MARKETING))))[0]
        for _ in range(3)
    ]
    assert len({receipt["subject_id"] for receipt in receipts} - {victim}) == 1
    assert len(await suggestions(ingest)) == 1


async def test_what_adds_nothing_joins_as_before(ingest: Running, victim: str) -> None:
    (receipt,) = await ingest.accept(record("transaction", subject=about(phone=VICTIM), consent=None))
    assert receipt["subject_id"] == victim
    again = record(subject=about(phone=VICTIM), consent=consent("service"))
    assert (await ingest.accept(again))[0]["subject_id"] == victim
    assert await suggestions(ingest) == []


@pytest.mark.parametrize(
    "claim",
    [
        about(email="lan@shop.example"),
        about(phone=VICTIM, email="stranger@evil.example"),
        about(phone=VICTIM, passport="B7654321"),
    ],
)
async def test_what_anybody_may_know_opens_nobody_and_nothing_new_is_tied_to_them(
    ingest: Running, victim: str, claim: dict[str, Any]
) -> None:
    (receipt,) = await ingest.accept(record(subject=claim, consent=consent("service")))
    assert receipt["subject_id"] != victim
    fields = await revealed(ingest, victim, "email", "passport")
    assert fields == {"email": "lan@shop.example"}


async def test_a_basis_that_only_a_claim_states_opens_nothing_for_them(ingest: Running) -> None:
    (receipt,) = await ingest.accept(
        record("survey", subject=about(phone=VICTIM), consent=consent("analytics"))
    )
    await prove(ingest, VICTIM)
    claimed = record(
        "transaction",
        subject=about(phone=VICTIM),
        consent=None,
        basis={"kind": "contract", "proof": "HĐ 1"},
    )
    (other,) = await ingest.accept(claimed)
    assert other["subject_id"] != receipt["subject_id"]


async def test_a_source_that_knows_whom_it_serves_speaks_for_them(ingest: Running, victim: str) -> None:
    made = await ingest.client.post("/v1/sources", json={"key": "till", "vouches": True})
    assert made.json()["vouches"] is True
    (receipt,) = await ingest.accept(
        record(source="till", subject=about(phone=VICTIM), consent=consent(*MARKETING))
    )
    assert receipt["subject_id"] == victim
    assert (await ingest.client.post("/v1/sources", json={"key": "till"})).status_code == 409


async def test_once_an_operator_accepts_claims_join_them_and_still_consent_to_nothing(
    ingest: Running, victim: str
) -> None:
    (claim,) = await ingest.accept(
        record(subject=about(phone=VICTIM), consent=consent("service", "research"))
    )
    (suggestion,) = await suggestions(ingest)
    accepted = await ingest.client.post(f"/v1/identity/suggestions/{suggestion['id']}/accept")
    assert accepted.status_code == 200
    later = record(subject=about(phone=VICTIM), consent=consent(*MARKETING))
    (receipt,) = await ingest.accept(later)
    assert receipt["subject_id"] == claim["subject_id"]
    assert [reason["code"] for reason in receipt["reasons"]] == ["consent-unproved"]
    events = await ingest.events("records.accepted")
    (last,) = [event for event in events if event.record_id == later["id"]]
    assert last.subject == claim["subject_id"]
    assert last.consent is None
    assert await suggestions(ingest) == []


async def test_many_claims_never_make_a_proved_phone_one_that_joins_nobody(
    ingest: Running, victim: str
) -> None:
    for name in ("Một", "Hai", "Ba", "Bốn", "Năm", "Sáu", "Bảy"):
        subject = about(phone=VICTIM) | {"attributes": {"full_name": f"Trần Văn {name}"}}
        await ingest.accept(record(subject=subject, consent=consent(*MARKETING)))
    assert (await ingest.resolve(phone=VICTIM))["subject_id"] == victim


async def test_the_resolve_door_says_who_is_only_claimed(ingest: Running, victim: str) -> None:
    for given, claimed in (
        ({"email": "lan@shop.example"}, True),
        ({"phone": VICTIM}, False),
        ({"phone": VICTIM, "email": "lan@shop.example"}, False),
    ):
        found = await ingest.resolve(create=True, **given)
        assert (found["subject_id"], found["claimed"]) == (victim, claimed), given


BORN = {"full_name": "Đỗ Minh Khôi", "date_of_birth": "1990-04-01"}


async def told(ingest: Running, **attributes: str) -> dict[str, Any]:
    subject = about(phone="0987000111", email="khoi@shop.example") | {"attributes": attributes}
    return (await ingest.accept(record(subject=subject)))[0]


async def test_another_birth_date_with_another_name_is_held_back_and_suggested(ingest: Running) -> None:
    first = await told(ingest, **BORN)
    other = await told(ingest, full_name="Hồ Gia Hân", date_of_birth="12/9/1962")
    assert other["subject_id"] != first["subject_id"]
    assert [reason["code"] for reason in other["reasons"]] == ["contradiction"]
    (suggestion,) = await suggestions(ingest)
    assert {(one["field"], one["level"]) for one in suggestion["evidence"]} == {
        ("phone", "same"),
        ("email", "same"),
        ("date_of_birth", "different"),
        ("full_name", "different"),
    }
    again = await told(ingest, full_name="Hồ Gia Hân", date_of_birth="12/9/1962")
    assert again["subject_id"] == other["subject_id"]
    assert (await told(ingest, **BORN))["subject_id"] == first["subject_id"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"full_name": "Đỗ Minh Khôi", "date_of_birth": "1991-04-01"},
        {"full_name": "Hồ Gia Hân", "date_of_birth": "1990-04-01"},
        {"full_name": "Minh Khôi Đỗ", "date_of_birth": "2/5/1991"},
        {"full_name": "Hồ Gia Hân"},
        {"date_of_birth": "1962-09-12"},
        {"full_name": "Hồ Gia Hân", "date_of_birth": "1900-01-01"},
        {"full_name": "Khách lẻ", "date_of_birth": "1962-09-12"},
    ],
)
async def test_one_of_the_two_alone_is_a_slip(ingest: Running, attributes: dict[str, str]) -> None:
    first = await told(ingest, **BORN)
    assert (await told(ingest, **attributes))["subject_id"] == first["subject_id"]


async def test_another_national_id_is_suggested_too(ingest: Running) -> None:
    one, two = [
        (await ingest.accept(record(subject=about(national_id=number, phone="0987000111"))))[0]
        for number in ("001090000011", "079190000022")
    ]
    assert one["subject_id"] != two["subject_id"]
    (suggestion,) = await suggestions(ingest)
    levels = {(told["field"], told["level"]) for told in suggestion["evidence"]}
    assert levels == {("national_id", "different"), ("phone", "same")}
