"""Reading people through the gateway's door."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from kernel.contracts.subjects import SubjectMerged
from kernel.ids import new_id
from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of

PHONE, NAME, CCCD = "+84912345678", "Nguyễn Thị Ánh", "001190000018"
FIELDS = "full_name,phone,national_id,external_id,gender"


@pytest.fixture
def person(gateway: Gateway) -> str:
    """An invented person whom ingest knows."""
    return gateway.ingest.add(
        full_name=NAME, phone=PHONE, national_id=CCCD, external_id="crm:77", gender="female"
    )


def seen_by_partner(gateway: Gateway, subject: str, who: str = "partner") -> str:
    """The person's id as a first client who is a partner knows it."""
    return gateway.parts.pairwise.outer(gateway.credentials[who]["client_id"], subject)


def path_of(subject: str, purpose: str = "marketing", fields: str = FIELDS) -> str:
    """The door to a person."""
    return f"/v1/subjects/{subject}?purpose={purpose}&fields={fields}"


async def test_a_partner_sees_masks_tokens_and_reasons_under_ids_of_its_own(
    gateway: Gateway, person: str
) -> None:
    await gateway.consent(person, "marketing")
    pairwise = seen_by_partner(gateway, person)
    reply = await gateway.ask("GET", path_of(pairwise), who="partner")
    assert reply.status == 200, reply.body
    answer = body_of(reply)
    assert answer["subject_id"] == pairwise
    fields = answer["fields"]
    assert list(fields) == FIELDS.split(",")
    assert fields["phone"] == {
        "value": "09•••••678",
        "disclosure": "masked",
        "reason": "masked-for-partners",
    }
    assert fields["full_name"]["disclosure"] == "masked"
    assert fields["national_id"] == {
        "value": None,
        "disclosure": "withheld",
        "reason": "purpose-does-not-need-it",
    }
    assert fields["external_id"]["value"].startswith("tok_")
    assert fields["gender"]["value"] == "female"
    assert person not in reply.body.decode()
    entry = (await gateway.audit(action="read"))[0]
    assert entry["subject_id"] == person
    assert entry["decision"] == "allow"
    assert entry["fields"] == ["full_name", "phone", "external_id", "gender"]
    client = gateway.credentials["partner"]["client_id"]
    assert answer["decision_id"] == gateway.parts.pairwise.outer(client, entry["decision_id"])


async def test_the_vault_is_asked_only_for_what_will_be_shown(gateway: Gateway, person: str) -> None:
    await gateway.consent(person, "marketing")
    await gateway.ask("GET", path_of(seen_by_partner(gateway, person)), who="partner")
    grant = gateway.ingest.grants[-1]
    assert grant["subject"] == person
    assert grant["purpose"] == "marketing"
    assert grant["client"] == gateway.credentials["partner"]["client_id"]
    assert set(grant["fields"]) == {"full_name", "phone", "external_id", "gender"}


async def test_our_own_people_see_clear_what_the_purpose_needs(gateway: Gateway, person: str) -> None:
    await gateway.consent(person, "service", "analytics")
    service = body_of(await gateway.ask("GET", path_of(person, "service"), who="operator"))["fields"]
    assert (service["phone"]["value"], service["full_name"]["value"]) == (PHONE, NAME)
    assert service["national_id"]["disclosure"] == "masked"
    analytics = body_of(await gateway.ask("GET", path_of(person, "analytics"), who="operator"))["fields"]
    assert analytics["phone"]["disclosure"] == "masked"
    assert CCCD not in str(analytics)


async def test_each_purpose_needs_its_own_consent_and_a_withdrawal_counts_at_once(
    gateway: Gateway, person: str
) -> None:
    path = path_of(seen_by_partner(gateway, person))
    await gateway.consent(person, "service", "analytics")
    assert refused(await gateway.ask("GET", path, who="partner"), 403, "consent-missing")
    await gateway.consent(person, "marketing")
    assert (await gateway.ask("GET", path, who="partner")).status == 200
    await gateway.withdraw(person, "marketing")
    asked_before = len(gateway.ingest.grants)
    assert refused(await gateway.ask("GET", path, who="partner"), 403, "consent-missing")
    assert all(not grant["fields"] for grant in gateway.ingest.grants[asked_before:])
    denied = (await gateway.audit(action="read"))[0]
    assert (denied["decision"], denied["reason"]) == ("deny", "consent-missing")


async def test_a_privacy_officer_on_legal_duty_needs_no_consent_and_sees_everything(
    gateway: Gateway, person: str
) -> None:
    reply = await gateway.ask("GET", path_of(person, "legal"), who="privacy_officer")
    assert {field["disclosure"] for field in body_of(reply)["fields"].values()} == {"clear"}
    assert body_of(reply)["fields"]["national_id"]["value"] == CCCD
    refusal = await gateway.ask("GET", path_of(person, "service"), who="privacy_officer")
    assert refused(refusal, 403, "consent-missing")


async def test_who_is_not_known_is_not_found_and_who_is_erased_is_gone(gateway: Gateway, person: str) -> None:
    gateway.ingest.erased.add(person)
    for who, purpose in (("privacy_officer", "legal"), ("operator", "service")):
        for stranger in (new_id(), "not-an-id"):
            assert refused(await gateway.ask("GET", path_of(stranger, purpose), who=who), 404, "not-found")
        assert refused(await gateway.ask("GET", path_of(person, purpose), who=who), 410, "erased")
    body = {"identifiers": {"phone": PHONE}}
    gone = await gateway.ask("POST", "/v1/subjects/lookup?purpose=service", body, who="operator")
    assert refused(gone, 404, "not-found")


async def test_no_audit_no_access(gateway: Gateway, person: str) -> None:
    await gateway.consent(person, "marketing", "service")
    path, asked = path_of(seen_by_partner(gateway, person)), len(gateway.ingest.grants)
    await gateway.token("partner")
    async with gateway.parts.database.transaction() as tx:
        await tx.execute(sa.text("DROP TABLE audit_entry"))
    reply = await gateway.ask("GET", path, who="partner")
    assert refused(reply, 503, "audit-unavailable")
    assert len(gateway.ingest.grants) == asked


async def test_a_contract_that_names_fields_discloses_no_others(gateway: Gateway, person: str) -> None:
    await gateway.consent(person, "marketing")
    made = await gateway.register("narrow", fields=["phone"])
    pairwise = gateway.parts.pairwise.outer(made["client_id"], person)
    fields = body_of(await gateway.ask("GET", path_of(pairwise), who="narrow"))["fields"]
    assert fields["phone"]["disclosure"] == "masked"
    for name in ("full_name", "gender", "external_id"):
        assert fields[name] == {"value": None, "disclosure": "withheld", "reason": "field-not-granted"}


async def test_two_partners_cannot_join_what_they_are_told(gateway: Gateway, person: str) -> None:
    await gateway.consent(person, "marketing")
    ids, tokens = set(), set()
    for name in ("one", "two"):
        client = (await gateway.register(name))["client_id"]
        pairwise = gateway.parts.pairwise.outer(client, person)
        for _ in range(2):
            answer = body_of(await gateway.ask("GET", path_of(pairwise), who=name))
            ids.add(answer["subject_id"])
            tokens.add(answer["fields"]["external_id"]["value"])
    assert len(ids) == len(tokens) == 2


async def test_another_partners_id_and_our_own_lead_a_partner_to_nobody(
    gateway: Gateway, person: str
) -> None:
    await gateway.consent(person, "marketing")
    await gateway.register("other")
    for foreign in (person, seen_by_partner(gateway, person)):
        assert refused(await gateway.ask("GET", path_of(foreign), who="other"), 404, "not-found")


async def test_a_merged_away_id_answers_as_the_one_that_it_became(gateway: Gateway, person: str) -> None:
    old = gateway.ingest.add(phone="+84909000111", email="anh.invented@example.com")
    now = datetime.now(UTC)
    merge = SubjectMerged(
        id=new_id(),
        version=1,
        subject=old,
        occurred_at=now,
        recorded_at=now,
        into=person,
        merge_id=new_id(),
        merge_version=1,
    )
    await gateway.consent(person, "service")
    await gateway.hear_people(merge)
    reply = await gateway.ask("GET", path_of(old, "service", "phone,email"), who="operator")
    answer = body_of(reply)
    assert answer["subject_id"] == person
    assert answer["fields"]["phone"]["value"] == PHONE
    assert answer["fields"]["email"]["value"] == "anh.invented@example.com"
    found = await gateway.ask(
        "POST",
        "/v1/subjects/lookup?purpose=service",
        {"identifiers": {"phone": "+84909000111"}},
        who="operator",
    )
    assert body_of(found) == {"subject_id": person}
    await gateway.withdraw(old, "service")
    assert refused(
        await gateway.ask("GET", path_of(person, "service"), who="operator"), 403, "consent-missing"
    )


async def test_a_partner_does_not_learn_who_was_found_to_be_one(gateway: Gateway, person: str) -> None:
    old = gateway.ingest.add(phone="+84909000111")
    now = datetime.now(UTC)
    await gateway.consent(person, "marketing")
    await gateway.consent(old, "marketing")
    merge = {"into": person, "merge_id": new_id(), "merge_version": 1}
    event = SubjectMerged(id=new_id(), version=1, subject=old, occurred_at=now, recorded_at=now, **merge)
    await gateway.hear_people(event)
    for asked in (old, person):
        pairwise = seen_by_partner(gateway, asked)
        answer = body_of(await gateway.ask("GET", path_of(pairwise), who="partner"))
        assert answer["subject_id"] == pairwise
    body = {"identifiers": {"phone": "+84909000111"}}
    found = await gateway.ask("POST", "/v1/subjects/lookup?purpose=marketing", body, who="partner")
    assert body_of(found)["subject_id"] == seen_by_partner(gateway, old)


async def test_a_lookup_tells_a_partner_nothing_of_those_who_did_not_consent_to_its_purpose(
    gateway: Gateway, person: str
) -> None:
    path, body = "/v1/subjects/lookup?purpose=marketing", {"identifiers": {"phone": PHONE}}
    known = await gateway.ask("POST", path, body, who="partner")
    nobody = await gateway.ask("POST", path, {"identifiers": {"phone": "+84900000000"}}, who="partner")
    assert refused(known, 404, "not-found")
    assert known.body == nobody.body
    assert refused(await gateway.ask("POST", path, body, who="operator"), 403, "consent-missing")
    await gateway.consent(person, "marketing")
    found = await gateway.ask("POST", path, body, who="partner")
    assert body_of(found) == {"subject_id": seen_by_partner(gateway, person)}
    reasons = [(entry["decision"], entry["reason"]) for entry in await gateway.audit(action="lookup")]
    assert reasons == [
        ("allow", "purpose-permits"),
        ("deny", "consent-missing"),
        ("deny", "not-found"),
        ("deny", "consent-missing"),
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid-input"),
        ({"identifiers": {}}, 422, "invalid-input"),
        ({"identifiers": {"phone": ["0912"]}}, 400, "malformed-input"),
        ({"identifiers": {"phone": "1"}, "x": 1}, 422, "invalid-input"),
    ],
)
async def test_a_lookup_of_another_outline_is_refused(
    gateway: Gateway, body: object, status: int, code: str
) -> None:
    reply = await gateway.ask("POST", "/v1/subjects/lookup?purpose=service", body, who="operator")
    assert refused(reply, status, code)
    assert not gateway.ingest.asked


async def test_a_field_that_does_not_exist_is_an_error_that_repeats_nothing(
    gateway: Gateway, person: str
) -> None:
    reply = await gateway.ask("GET", path_of(person, "service", "phone,0905111222"), who="operator")
    assert refused(reply, 422, "invalid-input")
    assert [error["pointer"] for error in body_of(reply)["errors"]] == ["/fields/1"]
    assert b"0905111222" not in reply.body


async def test_while_the_vault_is_down_nothing_is_told(gateway: Gateway, person: str) -> None:
    await gateway.consent(person, "service")
    gateway.ingest.down = True
    assert refused(await gateway.ask("GET", path_of(person, "service"), who="operator"), 503, "unavailable")


async def test_without_names_every_field_is_answered(gateway: Gateway, person: str) -> None:
    await gateway.consent(person, "service")
    reply = await gateway.ask("GET", f"/v1/subjects/{person}?purpose=service", who="operator")
    fields = body_of(reply)["fields"]
    assert fields["phone"]["value"] == PHONE
    assert fields["email"] == {"value": None, "disclosure": "clear", "reason": "not-known"}


async def test_what_a_legal_hold_keeps_is_for_the_officer_for_legal_and_on_record(
    gateway: Gateway, person: str
) -> None:
    hold, kept = new_id(), {"record_id": new_id(), "source": "pos", "kind": "transaction"}
    gateway.ingest.holds[hold] = [{**kept, "occurred_at": "2026-11-20T03:00:00Z", "record": {"payload": {}}}]
    gateway.ingest.erased.add(person)
    path = f"/v1/subjects/{person}/holds/{hold}/records?purpose="
    reply = await gateway.ask("GET", path + "legal", who="privacy_officer")
    assert reply.status == 200, reply.body
    assert body_of(reply)["items"][0]["record_id"] == kept["record_id"]
    grant = gateway.ingest.grants[-1]
    assert (grant["subject"], grant["purpose"], grant["fields"]) == (person, "legal", [f"hold:{hold}"])
    entry = (await gateway.audit(action="reveal"))[0]
    assert (entry["subject_id"], entry["decision"], entry["reason"]) == (person, "allow", "legal-hold")
    asked = len(gateway.ingest.grants)
    assert (await gateway.ask("GET", path + "service", who="privacy_officer")).status == 403
    assert (await gateway.ask("GET", path + "legal", who="operator")).status == 403
    assert len(gateway.ingest.grants) == asked
    assert (await gateway.audit(action="reveal"))[0]["decision"] == "deny"
    missing = await gateway.ask("GET", path.replace(hold, new_id()) + "legal", who="privacy_officer")
    assert missing.status == 404


async def test_what_cannot_be_put_on_record_is_not_looked_into(
    gateway: Gateway, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise sa.exc.OperationalError("insert", None, Exception("full"))

    hold = new_id()
    gateway.ingest.holds[hold] = []
    monkeypatch.setattr("gateway.policy.service.record", broken)
    reply = await gateway.ask(
        "GET", f"/v1/subjects/{person}/holds/{hold}/records?purpose=legal", who="privacy_officer"
    )
    assert reply.status == 503
    assert gateway.ingest.grants == []
