"""Policies are tried out before they bind anybody."""

import pytest

from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of

NO_CONTACTS = "// partners see no contacts"


@pytest.fixture
def person(gateway: Gateway) -> str:
    """An invented person whom ingest knows."""
    return gateway.ingest.add(phone="+84912345678", full_name="Nguyễn Thị Ánh", gender="female")


async def test_a_simulation_says_what_was_tried_and_which_policy_decided(gateway: Gateway) -> None:
    body = {"kind": "partner", "purpose": "marketing", "fields": ["phone", "national_id"]}
    told = body_of(await gateway.ask("POST", "/v1/policy/simulate", body, who="privacy_officer"))
    assert (told["allowed"], told["reason"]) == (True, "purpose-permits")
    phone = told["fields"]["phone"]
    assert (phone["disclosure"], phone["reason"]) == ("masked", "masked-for-partners")
    assert [step["disclosure"] for step in phone["steps"]] == ["clear", "token", "masked"]
    assert [step["allowed"] for step in phone["steps"]] == [False, False, True]
    assert told["fields"]["national_id"]["disclosure"] == "withheld"
    without = {**body, "facts": ["unrestricted", "purpose_granted", "field_granted", "named", "domestic"]}
    told = body_of(await gateway.ask("POST", "/v1/policy/simulate", without, who="privacy_officer"))
    assert (told["allowed"], told["reason"], told["facts"]["consent"]) == (False, "consent-missing", False)


async def test_a_simulation_about_a_person_takes_their_facts_and_reveals_nothing(
    gateway: Gateway, person: str
) -> None:
    made = await gateway.register("narrow", fields=["phone"])
    body = {"client_id": made["client_id"], "subject_id": person, "purpose": "marketing"}
    told = body_of(await gateway.ask("POST", "/v1/policy/simulate", body, who="privacy_officer"))
    assert (told["kind"], told["allowed"], told["reason"]) == ("partner", False, "consent-missing")
    await gateway.consent(person, "marketing")
    asked = len(gateway.ingest.grants)
    told = body_of(await gateway.ask("POST", "/v1/policy/simulate", body, who="privacy_officer"))
    assert told["allowed"]
    assert told["fields"]["phone"]["disclosure"] == "masked"
    assert told["fields"]["gender"]["reason"] == "field-not-granted"
    assert len(gateway.ingest.grants) == asked


async def test_a_replayed_draft_says_who_would_gain_and_lose_which_fields(
    gateway: Gateway, person: str
) -> None:
    await gateway.consent(person, "marketing", "service")
    client = gateway.credentials["partner"]["client_id"]
    pairwise = gateway.parts.pairwise.outer(client, person)
    for fields in ("phone,gender", "phone"):
        path = f"/v1/subjects/{pairwise}?purpose=marketing&fields={fields}"
        assert (await gateway.ask("GET", path, who="partner")).status == 200
    assert (await gateway.ask("GET", f"/v1/subjects/{person}?purpose=service", who="operator")).status == 200
    same = body_of(await gateway.ask("POST", "/v1/policy/replay", {"policies": {}}, who="privacy_officer"))
    assert (same["decisions"], same["changed"], same["clients"]) == (3, 0, [])
    stricter = {"policies": {"partners.cedar": NO_CONTACTS}}
    told = body_of(await gateway.ask("POST", "/v1/policy/replay", stricter, who="privacy_officer"))
    assert told["clients"] == [
        {
            "client_id": client,
            "purpose": "marketing",
            "decisions": 2,
            "gains": {},
            "loses": {"phone": {"masked -> withheld": 2}, "gender": {"clear -> withheld": 1}},
        }
    ]
    open_phone = (
        'permit (principal == Kind::"partner", action == Action::"clear", resource == Class::"contact");'
    )
    wider = {"policies": {"more.cedar": open_phone}}
    told = body_of(await gateway.ask("POST", "/v1/policy/replay", wider, who="privacy_officer"))
    assert told["clients"][0]["gains"] == {"phone": {"masked -> clear": 2}}
    assert told["clients"][0]["loses"] == {}


async def test_a_draft_that_does_not_hold_together_is_refused_with_what_is_wrong(gateway: Gateway) -> None:
    for text in ("permt (", 'permit (principal, action, resource) when { context.fact == "x" };'):
        body = {"policies": {"partners.cedar": text}}
        reply = await gateway.ask("POST", "/v1/policy/replay", body, who="privacy_officer")
        assert refused(reply, 422, "policy-invalid")
        body = {"kind": "partner", "purpose": "marketing", **body}
        reply = await gateway.ask("POST", "/v1/policy/simulate", body, who="privacy_officer")
        assert refused(reply, 422, "policy-invalid")


async def test_only_privacy_officers_try_policies_out(gateway: Gateway) -> None:
    for path in ("/v1/policy/simulate", "/v1/policy/replay"):
        for who in ("operator", "partner", "collector"):
            assert refused(await gateway.ask("POST", path, {}, who=who), 403, "scope-missing")
