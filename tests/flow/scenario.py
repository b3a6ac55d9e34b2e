"""A day in the life of the platform, told through its public API alone: the same in every mode."""

import asyncio
import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2

from deploy.demo.connect import open_client
from deploy.demo.load import Size, Summary, load
from tests.privacy.canaries import PLANTED
from tests.running import until

CANARY = {canary.label: canary.value for canary in PLANTED}


@dataclass(frozen=True)
class People:
    """Clients of the running platform, one a role."""

    operator: httpx2.AsyncClient
    officer: httpx2.AsyncClient
    collector: httpx2.AsyncClient
    partner: httpx2.AsyncClient


def record(**fields: Any) -> dict[str, Any]:
    """A valid record of an invented person, with `fields` in place of its own."""
    now = datetime.now(UTC)
    body: dict[str, Any] = {
        "id": str(uuid4()),
        "source": "default",
        "channel": "form",
        "kind": "profile",
        "occurred_at": (now - timedelta(minutes=1)).isoformat(),
        "subject": {
            "identifiers": {"phone": "0905 111 222", "email": "lan.mai.invented@example.com"},
            "attributes": {"full_name": "Mai Thị Lan", "gender": "female", "date_of_birth": "1991-05-02"},
        },
        "consent": consent(["service", "analytics", "profiling", "marketing"], now - timedelta(minutes=1)),
    }
    return body | fields


def consent(purposes: list[str], captured_at: datetime) -> dict[str, Any]:
    """An act of consent to the notice that exists from the first start."""
    return {
        "notice": "core",
        "version": 1,
        "purposes": purposes,
        "method": "form",
        "captured_at": captured_at.isoformat(),
        "proof": "signature 17",
    }


async def send(client: httpx2.AsyncClient, *records: dict[str, Any]) -> list[dict[str, Any]]:
    """The receipts of one batch."""
    reply = await client.post("/v1/records/batch", json={"records": list(records)})
    assert reply.status_code == 202, reply.text
    receipts: list[dict[str, Any]] = reply.json()["receipts"]
    return receipts


async def problem(reply: httpx2.Response, status: int, code: str) -> None:
    """`reply` is a problem of that status and type."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"].startswith("application/problem+json")
    assert reply.json()["type"] == f"https://chandung.dev/problems/{code}"


async def collection(people: People) -> str:
    """Receipts tell what became of each record; one bad record fails nobody. Returns the person's id."""
    good = record()
    stranger = record(subject={"identifiers": {"phone": "0905 333 444"}})
    del stranger["consent"]
    future = record(occurred_at=(datetime.now(UTC) + timedelta(days=2)).isoformat())
    receipts = await send(people.collector, good, stranger, {"id": "no"}, future, good)
    assert [receipt["status"] for receipt in receipts] == [
        "accepted",
        "quarantined",
        "quarantined",
        "quarantined",
        "duplicate",
    ]
    assert [receipt["index"] for receipt in receipts] == [0, 1, 2, 3, 4]
    assert receipts[1]["reasons"][0]["code"] == "consent-missing"
    changed = good | {"channel": "web"}
    assert (await send(people.collector, changed))[0]["status"] == "conflict"
    seen = await people.operator.get(f"/v1/records/{good['id']}", params={"source": "default"})
    assert seen.status_code == 200, seen.text
    return str(receipts[0]["subject_id"])


async def quarantine_heals(people: People) -> None:
    """A record that waits for consent is judged again by itself when the person gives it."""
    lonely = record(subject={"identifiers": {"phone": "0905 555 666"}})
    del lonely["consent"]
    assert (await send(people.collector, lonely))[0]["status"] == "quarantined"
    act = consent(["service"], datetime.now(UTC))
    reply = await people.collector.post(
        "/v1/consents", json={"identifiers": {"phone": "+84905555666"}, **act}
    )
    assert reply.status_code == 201, reply.text

    async def accepted() -> bool:
        seen = await people.operator.get(f"/v1/records/{lonely['id']}", params={"source": "default"})
        return seen.status_code == 200 and seen.json()["status"] == "accepted"

    await until(accepted, pause=0.1)


async def reading(people: People, subject: str) -> None:
    """A partner gets what the person consented to, under an id that is the partner's alone; then nothing more."""
    ask = {"identifiers": {"email": "lan.mai.invented@example.com"}}

    async def known() -> httpx2.Response | None:
        reply = await people.partner.post("/v1/subjects/lookup", params={"purpose": "marketing"}, json=ask)
        return reply if reply.status_code == 200 else None

    pairwise = (await until(known, within=5.0, pause=0.1)).json()["subject_id"]
    assert pairwise != subject
    path, query = f"/v1/subjects/{pairwise}", {"purpose": "marketing", "fields": "full_name,phone"}
    shown = await people.partner.get(path, params=query)
    assert shown.status_code == 200, shown.text
    phone = shown.json()["fields"]["phone"]
    assert phone["disclosure"] in ("clear", "masked", "token", "withheld")
    if phone["disclosure"] == "masked":
        assert phone["value"] == "09•••••222"
    await problem(await people.partner.get(path), 400, "purpose-missing")
    await problem(await people.partner.get(path, params={"purpose": "legal"}), 403, "purpose-not-allowed")
    await problem(await people.collector.get(path, params={"purpose": "marketing"}), 403, "scope-missing")
    gone = await people.operator.post(
        "/v1/consents/withdraw", json={"subject_id": subject, "purposes": ["marketing"]}
    )
    assert gone.status_code == 200, gone.text
    await problem(await people.partner.get(path, params=query), 403, "consent-missing")
    old = record(consent=consent(["marketing"], datetime.now(UTC) - timedelta(hours=3)))
    await send(people.collector, old)
    await asyncio.sleep(1.5)
    await problem(await people.partner.get(path, params=query), 403, "consent-missing")


SAID = (
    f"Tôi là {CANARY['name in text']}, gọi {CANARY['phone in text']} hoặc {CANARY['email in text']}, "
    f"CCCD {CANARY['national id in text']} nhé, hàng giao chậm quá"
)
IDENTIFIERS = {
    "phone": CANARY["phone"],
    "email": CANARY["email"],
    "national_id": CANARY["national id"],
}


async def planted_people(people: People) -> None:
    """Personal data in every place where a client could put it."""
    planted = records_with_canaries()
    statuses = [receipt["status"] for receipt in await send(people.collector, *planted)]
    assert statuses == ["accepted"] * 5
    without = [
        item | {"id": str(uuid4()), "subject": {"identifiers": {"phone": CANARY["phone in text"]}}}
        for item in planted
    ]
    for item in without:
        item.pop("consent", None)
    assert all(receipt["status"] == "quarantined" for receipt in await send(people.collector, *without))
    await asked_with_canaries(people)


def records_with_canaries() -> list[dict[str, Any]]:
    """A record of each shape, personal data in all its fields."""
    attributes = {
        "full_name": CANARY["name"],
        "address": {"line": CANARY["address"], "province": "Hà Nội"},
    }
    who = {"identifiers": IDENTIFIERS, "attributes": attributes}
    act = consent(
        ["service", "analytics", "profiling", "marketing"], datetime.now(UTC) - timedelta(minutes=2)
    )
    act["proof"] = CANARY["name"]
    item = {"sku": "A", "name": f"Quà tặng {CANARY['name']}", "quantity": 1, "unit_price": 9000}
    order = {"order_id": "DH-1", "items": [item], "total": 9000, "currency": "VND", "note": SAID}
    seen = {"url": f"https://x.vn/?e={CANARY['email']}", "page": 1}
    feedback = {"text": SAID, "rating": 2, "odd": CANARY["name"]}
    survey = {"form": "nps", "answers": {"why": SAID, "nps": 3}}
    visit = {"name": "Viewed", "properties": seen}
    return [
        record(subject=who, consent=act, extra=CANARY["email"]),
        record(subject=who, kind="feedback", channel="web", payload=feedback),
        record(subject=who, kind="survey", payload=survey),
        record(subject=who, kind="transaction", channel="transaction", payload=order),
        record(subject=who, kind="interaction", channel="web", payload=visit),
    ]


async def asked_with_canaries(people: People) -> None:
    """Personal data in questions, in paths and in what is no JSON."""
    mention = {
        "id": "kenari-1",
        "platform": "facebook",
        "author": {"handle": CANARY["handle"]},
        "text": SAID,
        "url": "https://facebook.com/post/1",
        "published_at": datetime.now(UTC).isoformat(),
    }
    heard = await people.operator.post("/v1/mentions/batch", json={"mentions": [mention]})
    assert heard.status_code == 202, heard.text
    await people.operator.post(
        "/v1/subjects/lookup", params={"purpose": "service"}, json={"identifiers": IDENTIFIERS}
    )
    await people.operator.post("/v1/phones/check", json={"phones": [CANARY["phone"]]})
    code = await people.collector.post(
        "/v1/verifications", json={"phone": CANARY["phone in text"], "channel": "sms", "purpose": "legal"}
    )
    assert code.status_code in (201, 403), code.text
    await people.operator.get(f"/v1/records/{CANARY['email']}")
    await people.operator.post("/v1/records", content=f"{{{CANARY['name']}".encode())


async def portraits(people: People) -> Summary:
    """A small company's customers become personas that can be read back."""
    found = await load(people.operator, size=Size(customers=240, mentions=120))
    assert found.run_state == "done", found
    assert found.personas
    for persona in found.personas:
        card = await people.operator.get(f"/v1/personas/{persona.id}")
        assert set(card.json()["components"]) == {"awareness", "needs", "thinking", "connections", "risk"}
        face = await people.operator.get(f"/v1/personas/{persona.id}.svg")
        assert face.status_code == 200
        assert face.text.lstrip().startswith("<svg")
    return found


async def oversight(people: People) -> None:
    """Who read what is on record, and the record is whole."""
    entries = (await people.officer.get("/v1/audit", params={"limit": 500})).json()["items"]
    assert {"read", "lookup", "consent", "withdraw"} & {entry["action"] for entry in entries}
    assert {entry["decision"] for entry in entries} >= {"allow", "deny"}
    proof = await people.officer.get("/v1/audit/verify")
    assert proof.json()["ok"] is True


async def public_pages(base_url: str) -> None:
    """What everyone may see is there, and asks no other machine for anything."""
    async with httpx2.AsyncClient(base_url=base_url, follow_redirects=True) as anyone:
        for path in (
            "/livez",
            "/readyz",
            "/metrics",
            "/openapi.json",
            "/docs",
            "/asyncapi.json",
            "/asyncapi",
            "/.well-known/jwks.json",
        ):
            reply = await anyone.get(path)
            assert reply.status_code == 200, path
            if reply.headers["content-type"].startswith("text/html"):
                assert "//cdn" not in reply.text
        assert "/v1/records/batch" in (await anyone.get("/openapi.json")).json()["paths"]
        refused = await anyone.post("/v1/records/batch", json={"records": []})
        await problem(refused, 401, "unauthenticated")
        forged = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=") + ".e30."
        refused = await anyone.get("/v1/personas", headers={"Authorization": f"Bearer {forged}"})
        await problem(refused, 401, "unauthenticated")


async def a_day(base_url: str, credentials: dict[str, Any]) -> Summary:
    """The whole scenario. Returns what the study found."""
    await public_pages(base_url)
    async with (
        open_client(credentials, role="operator", base_url=base_url) as operator,
        open_client(credentials, role="privacy_officer", base_url=base_url) as officer,
        open_client(credentials, role="collector", base_url=base_url) as collector,
        open_client(credentials, role="partner", base_url=base_url) as partner,
    ):
        people = People(operator, officer, collector, partner)
        subject = await collection(people)
        await quarantine_heals(people)
        await reading(people, subject)
        await planted_people(people)
        found = await portraits(people)
        await oversight(people)
        return found
