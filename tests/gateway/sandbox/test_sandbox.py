"""A partner's test client sees invented people only, by the real policies, and its requests are in its own log."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.edge.matching import Route
from gateway.edge.parting import parting_words
from gateway.sandbox.domain import everybody
from kernel.phone import normalise
from tests.gateway.edge.running import Gateway, refused
from tests.running import body_of

PURPOSE = "purpose=marketing"


@pytest.fixture
async def tester(gateway: Gateway) -> Gateway:
    """A gateway where `tester` is a test client of the first partner's."""
    made = body_of(await gateway.ask("POST", "/v1/sandbox/clients", who="partner"))
    gateway._tokens["tester"] = body_of(await gateway.get_token(made))["access_token"]
    return gateway


async def people(gateway: Gateway) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = body_of(await gateway.ask("GET", "/v1/sandbox/people", who="tester"))[
        "items"
    ]
    return items


async def look_up(gateway: Gateway, phone: str) -> Any:
    body = {"identifiers": {"phone": phone}}
    return await gateway.ask("POST", f"/v1/subjects/lookup?{PURPOSE}", body, who="tester")


async def test_each_disclosure_can_be_seen(tester: Gateway) -> None:
    first = (await people(tester))[0]
    found = body_of(await look_up(tester, first["phone"]))["subject_id"]
    assert found == first["subject_id"]
    read = body_of(await tester.ask("GET", f"/v1/subjects/{found}?{PURPOSE}", who="tester"))
    assert {field["disclosure"] for field in read["fields"].values()} == {
        "clear",
        "masked",
        "token",
        "withheld",
    }
    assert "+84912000001" not in str(read)
    assert not tester.ingest.grants and not tester.ingest.resolved


async def test_each_refusal_can_be_seen(tester: Gateway) -> None:
    _, withdrew, restricted, erased = await people(tester)
    for one, status, code in (
        (withdrew, 403, "consent-missing"),
        (restricted, 403, "consent-missing"),
        (erased, 410, "erased"),
    ):
        reply = await tester.ask("GET", f"/v1/subjects/{one['subject_id']}?{PURPOSE}", who="tester")
        assert refused(reply, status, code)
        assert refused(await look_up(tester, one["phone"]), 404, "not-found")
    assert refused(
        await tester.ask("GET", f"/v1/subjects/{withdrew['subject_id']}", who="tester"),
        400,
        "purpose-missing",
    )


async def test_nobody_who_exists_is_reached(tester: Gateway) -> None:
    real = tester.ingest.add(full_name="Nguyễn Thị Ánh", phone="0912345678")
    await tester.consent(real, "marketing")
    tester.ingest.grants.clear()
    assert refused(await look_up(tester, "0912345678"), 404, "not-found")
    assert refused(await tester.ask("GET", f"/v1/subjects/{real}?{PURPOSE}", who="tester"), 404, "not-found")
    assert refused(
        await tester.ask("GET", f"/v1/subjects/{real}/timeline?{PURPOSE}", who="tester"), 403, "sandbox-only"
    )
    assert not tester.ingest.grants


async def test_the_doors_behind_are_not_reached_from_outside(gateway: Gateway) -> None:
    path = f"/sandbox/v1/subjects/{everybody()[0].id}?{PURPOSE}"
    assert refused(await gateway.ask("GET", path, who="partner"), 404, "not-found")


async def test_a_contracts_fields_hold_in_the_sandbox(gateway: Gateway) -> None:
    await gateway.register("narrow", fields=["phone"])
    made = body_of(await gateway.ask("POST", "/v1/sandbox/clients", who="narrow"))
    gateway._tokens["tester"] = body_of(await gateway.get_token(made))["access_token"]
    first = (await people(gateway))[0]["subject_id"]
    read = body_of(await gateway.ask("GET", f"/v1/subjects/{first}?{PURPOSE}", who="tester"))["fields"]
    assert read["phone"]["disclosure"] == "masked" and read["phone"]["value"]
    assert read["gender"] == {"value": None, "disclosure": "withheld", "reason": "field-not-granted"}


async def test_only_a_partner_gets_one_and_a_test_client_no_other(tester: Gateway) -> None:
    assert refused(await tester.ask("POST", "/v1/sandbox/clients", who="operator"), 403, "partners-only")
    assert refused(await tester.ask("POST", "/v1/sandbox/clients", who="tester"), 403, "sandbox-only")


async def test_a_client_sees_its_own_requests_with_their_decisions(tester: Gateway) -> None:
    first = (await people(tester))[0]["subject_id"]
    read = body_of(await tester.ask("GET", f"/v1/subjects/{first}?{PURPOSE}&fields=phone", who="tester"))
    log = body_of(await tester.ask("GET", "/v1/requests?limit=1", who="tester"))["items"][0]
    assert log["decision_id"] == read["decision_id"] and log["subject_id"] == first
    assert (log["action"], log["decision"], log["purpose"], log["fields"]) == (
        "read",
        "allow",
        "marketing",
        ["phone"],
    )
    others = body_of(await tester.ask("GET", "/v1/requests", who="partner"))["items"]
    assert read["decision_id"] not in {one["decision_id"] for one in others}


def test_the_invented_people_are_named_by_numbers_as_people_write_them() -> None:
    assert [normalise(one.fields["phone"]) for one in everybody()] == [
        one.fields["phone"] for one in everybody()
    ]


def test_a_door_that_closes_says_when_and_what_comes_instead() -> None:
    since, until = datetime(2026, 1, 2, tzinfo=UTC), datetime(2027, 1, 2, tzinfo=UTC)
    old = Route("GET", "/v1/old", "gateway", deprecated=since, sunset=until, successor="/v1/new")
    assert parting_words(old) == [
        (b"deprecation", b"@1767312000"),
        (b"sunset", b"Sat, 02 Jan 2027 00:00:00 GMT"),
        (b"link", b'</v1/new>; rel="successor-version"'),
    ]
    assert parting_words(Route("GET", "/v1/new", "gateway")) == []
