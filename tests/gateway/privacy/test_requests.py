"""Requests of data subjects, from filing to proof, through the gateway's doors and topics."""

import asyncio
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.consent.domain import HERE
from gateway.privacy.clocks import look
from gateway.privacy.domain import SERVICES
from gateway.privacy.service import CERTIFICATE
from kernel.contracts.privacy import Destroyed, ErasureConfirmed, ErasureRequested
from kernel.contracts.subjects import SubjectMerged
from kernel.contracts.topics import TOPICS
from kernel.ids import new_id
from kernel.log.port import Log
from tests.gateway.edge.running import Gateway, refused
from tests.happened import Feed, envelope
from tests.running import body_of


@pytest.fixture
def person(gateway: Gateway) -> str:
    """An invented person whom ingest knows."""
    return gateway.ingest.add(phone="+84912345678")


def log_of(gateway: Gateway) -> Log:
    log: Log = gateway.app.own.state.chassis.log  # type: ignore[attr-defined]  # a FastAPI app
    return log


async def file(gateway: Gateway, kind: str, person: str, who: str = "privacy_officer", **more: Any) -> str:
    """File a request; its id."""
    body = {"type": kind, "subject_id": person, **more}
    reply = await gateway.ask("POST", "/v1/privacy-requests", body, who=who)
    assert reply.status == 202, reply.body
    filed: str = body_of(reply)["id"]
    return filed


async def seen(gateway: Gateway, request_id: str) -> dict[str, Any]:
    """A request as the officer sees it."""
    reply = await gateway.ask("GET", f"/v1/privacy-requests/{request_id}", who="privacy_officer")
    assert reply.status == 200, reply.body
    view: dict[str, Any] = body_of(reply)
    return view


async def until_state(gateway: Gateway, request_id: str, state: str) -> dict[str, Any]:
    """The request once it stands so; 10 s are allowed."""
    for _ in range(200):
        view = await seen(gateway, request_id)
        if view["state"] == state:
            return view
        await asyncio.sleep(0.05)
    raise AssertionError(view)


async def confirm(gateway: Gateway, request_id: str, *services: str) -> None:
    """Services say that they are done."""
    now = datetime.now(UTC)
    for service in services:
        what = (Destroyed("database", "rows", 3, now),)
        event = ErasureConfirmed(**envelope(), request_id=request_id, service=service, destroyed=what)
        await Feed(log_of(gateway), f"{service}-{new_id()}").send(event)


async def requested(gateway: Gateway) -> list[ErasureRequested]:
    """What the services were asked to erase, once anything was."""
    log, found = log_of(gateway), []

    async def from_the_start(topic: str, partition: int) -> int:
        return 0

    subscription = await log.subscribe(new_id(), ["privacy.requested"], from_the_start)
    for _ in range(20):
        for batch in await subscription.next(wait=0.5, limit=100):
            found += [TOPICS[batch.topic].decode(message.value) for message in batch.messages]
        if found:
            break
    await subscription.close()
    return found  # type: ignore[return-value]  # the only event of the topic


async def test_the_officers_erasure_runs_until_everybody_confirmed_and_is_certified(
    gateway: Gateway, person: str
) -> None:
    await gateway.consent(person, "marketing", "service")
    request_id = await file(gateway, "erase", person)
    assert [(event.request_id, event.origins) for event in await requested(gateway)] == [
        (request_id, (person,))
    ]
    early = await gateway.ask("GET", f"/v1/privacy-requests/{request_id}/certificate", who="privacy_officer")
    assert refused(early, 409, "request-decided")
    await confirm(gateway, request_id, *(name for name in SERVICES if name != "gateway"))
    view = await until_state(gateway, request_id, "done")
    assert set(view["confirmations"]) == set(SERVICES)
    assert all(view["confirmations"].values())
    certificate = body_of(
        await gateway.ask("GET", f"/v1/privacy-requests/{request_id}/certificate", who="privacy_officer")
    )
    signed = gateway.parts.signing.verify(CERTIFICATE, certificate["signature"].encode())
    assert {key: certificate[key] for key in ("request_id", "subject_id")} == {
        "request_id": request_id,
        "subject_id": person,
    }
    counted = [
        [(one["service"], one["store"], one["what"], one["count"]) for one in told["destroyed"]]
        for told in (signed, certificate)
    ]
    assert counted[0] == counted[1]
    own = {one["what"]: one["count"] for one in certificate["destroyed"] if one["service"] == "gateway"}
    assert own["consent acts"] == 1
    assert own["consents"] == 1
    reply = await gateway.ask("GET", f"/v1/subjects/{person}?purpose=marketing", who="operator")
    assert refused(reply, 410, "erased")


async def test_an_erasure_reaches_everybody_who_was_merged(gateway: Gateway, person: str) -> None:
    other = gateway.ingest.add(email="binh@example.net")
    await gateway.consent(other, "service")
    merged = SubjectMerged(**envelope(other), into=person, merge_id=new_id(), merge_version=1)
    await Feed(log_of(gateway), "ingest").send(merged)
    for _ in range(100):
        reply = await gateway.ask("GET", f"/v1/subjects/{other}/consents", who="operator")
        if body_of(reply).get("subject_id") == person:
            break
        await asyncio.sleep(0.05)
    await file(gateway, "erase", other)
    assert [event.origins for event in await requested(gateway)] == [tuple(sorted([person, other]))]


async def test_a_request_of_others_waits_for_the_officer(gateway: Gateway, person: str) -> None:
    request_id = await file(gateway, "restrict", person, who="operator", reason="Gọi 0912 345 678 giúp tôi")
    view = await seen(gateway, request_id)
    assert view["state"] == "received"
    assert "345" not in view["reason"], "what identifies is not kept"
    assert refused(
        await gateway.ask("POST", f"/v1/privacy-requests/{request_id}/approve", who="operator"),
        403,
        "scope-missing",
    )
    reply = await gateway.ask("POST", f"/v1/privacy-requests/{request_id}/approve", who="privacy_officer")
    assert body_of(reply)["state"] == "done"
    again = await gateway.ask("POST", f"/v1/privacy-requests/{request_id}/approve", who="privacy_officer")
    assert refused(again, 409, "request-decided")


async def test_restriction_denies_every_read_from_the_answer_on(gateway: Gateway, person: str) -> None:
    await gateway.consent(person, "marketing")
    await file(gateway, "restrict", person)
    reply = await gateway.ask("GET", f"/v1/subjects/{person}?purpose=marketing", who="operator")
    assert refused(reply, 403, "consent-missing")
    shown = body_of(await gateway.ask("GET", f"/v1/subjects/{person}/consents", who="operator"))
    assert shown["restricted"]


async def test_an_objection_ends_what_no_service_needs(gateway: Gateway, person: str) -> None:
    await gateway.consent(person, "marketing", "service", "profiling")
    await file(gateway, "object", person)
    shown = body_of(await gateway.ask("GET", f"/v1/subjects/{person}/consents", who="operator"))
    assert {name for name, view in shown["purposes"].items() if view["in_force"]} == {"service"}


async def test_an_objection_may_name_what_it_is_about(gateway: Gateway, person: str) -> None:
    await gateway.consent(person, "marketing", "profiling")
    await file(gateway, "object", person, purposes=["marketing"])
    shown = body_of(await gateway.ask("GET", f"/v1/subjects/{person}/consents", who="operator"))
    assert {name for name, view in shown["purposes"].items() if view["in_force"]} == {"profiling"}


async def test_a_rectification_is_done_when_somebody_says_so(gateway: Gateway, person: str) -> None:
    request_id = await file(gateway, "rectify", person)
    assert (await seen(gateway, request_id))["state"] == "running"
    body = {"reason": "The address was corrected in the shop."}
    path = f"/v1/privacy-requests/{request_id}/complete"
    assert body_of(await gateway.ask("POST", path, body, who="privacy_officer"))["state"] == "done"


async def test_a_refusal_has_its_reason_and_a_clock_one_extension(gateway: Gateway, person: str) -> None:
    request_id = await file(gateway, "access", person, who="operator")
    before = await seen(gateway, request_id)
    path = f"/v1/privacy-requests/{request_id}"
    longer = body_of(
        await gateway.ask("POST", f"{path}/extend", {"reason": "Many stores."}, who="privacy_officer")
    )
    gained = datetime.fromisoformat(longer["due_at"]) - datetime.fromisoformat(before["due_at"])
    assert gained == timedelta(days=10)
    again = await gateway.ask("POST", f"{path}/extend", {"reason": "Even more."}, who="privacy_officer")
    assert refused(again, 409, "request-decided")
    refusal = await gateway.ask(
        "POST", f"{path}/refuse", {"reason": "Asked twice today."}, who="privacy_officer"
    )
    assert (body_of(refusal)["state"], body_of(refusal)["answer"]) == ("refused", "Asked twice today.")


async def test_filing_says_until_when_it_is_acknowledged_and_carried_out(
    gateway: Gateway, person: str
) -> None:
    body = {"type": "erase", "identifiers": {"phone": "+84912345678"}}
    filed = body_of(await gateway.ask("POST", "/v1/privacy-requests", body, who="operator"))
    due = datetime.fromisoformat(filed["due_at"]).astimezone(HERE).date()
    assert due == datetime.now(HERE).date() + timedelta(days=20)
    assert datetime.fromisoformat(filed["acknowledge_by"]) < datetime.fromisoformat(filed["due_at"])


async def test_nobody_is_made_by_asking_for_their_data(gateway: Gateway) -> None:
    body = {"type": "access", "identifiers": {"phone": "+84987654321"}}
    assert refused(await gateway.ask("POST", "/v1/privacy-requests", body, who="operator"), 404, "not-found")
    assert not gateway.ingest.people


async def test_the_queue_is_paged_and_filtered_and_every_step_is_on_record(
    gateway: Gateway, person: str
) -> None:
    ids = [await file(gateway, kind, person, who="operator") for kind in ("access", "restrict", "object")]
    await gateway.ask("POST", f"/v1/privacy-requests/{ids[1]}/approve", who="privacy_officer")
    first = body_of(await gateway.ask("GET", "/v1/privacy-requests?limit=2", who="privacy_officer"))
    rest = body_of(
        await gateway.ask(
            "GET", f"/v1/privacy-requests?limit=2&cursor={first['next_cursor']}", who="privacy_officer"
        )
    )
    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    waiting = body_of(await gateway.ask("GET", "/v1/privacy-requests?state=received", who="privacy_officer"))
    assert [item["id"] for item in waiting["items"]] == [ids[2], ids[0]]
    late = body_of(await gateway.ask("GET", "/v1/privacy-requests?overdue=true", who="privacy_officer"))
    assert late["items"] == []
    entries = await gateway.audit(action="privacy", subject_id=person)
    assert [entry["reason"] for entry in entries] == [
        "approved restrict",
        "filed object",
        "filed restrict",
        "filed access",
    ]


async def test_a_copy_holds_what_every_service_holds_and_is_handed_out_once(
    gateway: Gateway, person: str
) -> None:
    await gateway.consent(person, "marketing")
    request_id = await file(gateway, "access", person)
    path = f"/v1/privacy-requests/{request_id}/export"
    for service in (gateway.ingest, gateway.verify, gateway.social, gateway.persona):
        service.copy = {"visits": [{"shop": "=HYPERLINK(1)", "n": -3}], "nothing": []}
    gateway.social.copy = None
    assert refused(await gateway.ask("GET", path, who="privacy_officer"), 503, "unavailable")
    gateway.social.copy = {}
    reply = await gateway.ask("GET", path, who="privacy_officer")
    assert reply.status == 200, reply.body
    with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
        names = set(archive.namelist())
        visits = archive.read("ingest/visits.csv").decode("utf-8-sig")
        acts = json.loads(archive.read("gateway/consent_acts.json"))
    assert {"persona/visits.json", "verify/visits.csv", "gateway/audit.json", "README.txt"} <= names
    assert not any("nothing" in name or name.startswith("social/") for name in names)
    assert visits.splitlines() == ["shop,n", "'=HYPERLINK(1),-3"]
    assert [act["purposes"] for act in acts] == ["marketing"]
    assert refused(await gateway.ask("GET", path, who="privacy_officer"), 409, "request-decided")


async def alerts(gateway: Gateway) -> list[tuple[str, str]]:
    """What the officer must look at."""
    items = body_of(await gateway.ask("GET", "/v1/alerts?open=true", who="privacy_officer"))["items"]
    return sorted((one["kind"], one["about"]) for one in items)


async def test_the_officer_hears_of_each_clock_before_it_runs_out_and_when_it_has(
    gateway: Gateway, person: str
) -> None:
    database, now = gateway.parts.database, datetime.now(UTC)
    request_id = await file(gateway, "access", person, who="operator")
    assert await look(database, now) == 0
    assert await look(database, now + timedelta(days=6)) == 1
    assert await alerts(gateway) == [("acknowledge-overdue", request_id)]
    assert await look(database, now + timedelta(days=9)) == 1
    assert await look(database, now + timedelta(days=9)) == 0, "each is told once"
    assert await look(database, now + timedelta(days=12)) == 1
    kinds = ("acknowledge-overdue", "due-soon", "overdue")
    assert await alerts(gateway) == [(kind, request_id) for kind in kinds]
    await gateway.ask("POST", f"/v1/privacy-requests/{request_id}/approve", who="privacy_officer")
    assert await look(database, now + timedelta(days=99)) == 0, "what is done presses nobody"


async def test_an_acknowledgement_stops_its_clock(gateway: Gateway, person: str) -> None:
    request_id = await file(gateway, "erase", person, who="operator")
    path = f"/v1/privacy-requests/{request_id}/acknowledge"
    view = body_of(await gateway.ask("POST", path, who="privacy_officer"))
    again = body_of(await gateway.ask("POST", path, who="privacy_officer"))
    assert view["acknowledged_at"] == again["acknowledged_at"] is not None
    assert await look(gateway.parts.database, datetime.now(UTC) + timedelta(days=6)) == 0
    mine = body_of(
        await gateway.ask("GET", f"/v1/privacy-requests?subject_id={person}", who="privacy_officer")
    )
    assert [one["id"] for one in mine["items"]] == [request_id]
    assert refused(await gateway.ask("POST", path, who="operator"), 403, "scope-missing")
