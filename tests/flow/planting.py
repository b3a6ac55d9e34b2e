"""Personal data in every place where a client could put it, and what the platform answered to it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2

from tests.flow.people import People, consent, record, send
from tests.privacy.canaries import PLANTED, found_in

CANARY = {canary.label: canary.value for canary in PLANTED}
WHO: dict[str, Any] = {
    "identifiers": {"phone": CANARY["phone"], "email": CANARY["email"], "national_id": CANARY["national id"]},
    "attributes": {
        "full_name": CANARY["name"],
        "address": {"line": CANARY["address"], "province": "Hà Nội"},
    },
}
SAID = (
    f"Tôi là {CANARY['name in text']}, gọi {CANARY['phone in text']} hoặc {CANARY['email in text']}, "
    f"CCCD {CANARY['national id in text']} nhé, hàng giao chậm quá"
)


async def planted_people(people: People) -> None:
    """Records, mentions, questions and mistakes full of personal data; nothing that is refused repeats it."""
    receipts = await send(people.collector, *planted_records())
    assert [receipt["status"] for receipt in receipts] == ["accepted"] * 6
    without = [unknown(item) for item in planted_records()]
    waiting = await send(people.collector, *without)
    assert [receipt["status"] for receipt in waiting] == ["quarantined"] * 6
    odd = await send(people.collector, *odd_records())
    assert {receipt["status"] for receipt in odd} <= {"quarantined", "conflict"}
    await questions(people)
    refused = await mistakes(people)
    assert all(reply.status_code >= 400 for reply in refused), refused
    answers = [(f"answer {reply.status_code}", without_instance(reply)) for reply in refused]
    told = [("receipt", repr(receipt).encode()) for receipt in (*receipts, *waiting, *odd)]
    assert found_in([*answers, *told]) == []


def without_instance(reply: httpx2.Response) -> bytes:
    """A problem without its `instance`, which is the path that the client itself has just sent."""
    return repr({name: value for name, value in reply.json().items() if name != "instance"}).encode()


def planted_records() -> list[dict[str, Any]]:
    """One record of each kind, with personal data in every field that takes text."""
    act = consent(
        ["service", "analytics", "profiling", "marketing"], datetime.now(UTC) - timedelta(minutes=2)
    )
    act["proof"] = CANARY["name"]
    item = {"sku": "A", "name": f"Quà tặng {CANARY['name']}", "quantity": 1, "unit_price": 9000}
    order = {"order_id": "DH-1", "items": [item], "total": 9000, "currency": "VND", "note": SAID}
    page = {"url": f"https://x.vn/?e={CANARY['email']}", "page": 1}
    told = {"text": SAID, "rating": 2, "odd": CANARY["name"]}
    return [
        record(subject=WHO, consent=act, extra=CANARY["email"]),
        record(subject=WHO, kind="feedback", channel="web", payload=told),
        record(subject=WHO, kind="interview", payload={"text": f"{SAID}. " * 40}),  # long enough to be compressed
        record(subject=WHO, kind="survey", payload={"form": "nps", "answers": {"why": SAID, "nps": 3}}),
        record(subject=WHO, kind="transaction", channel="transaction", payload=order),
        record(subject=WHO, kind="interaction", channel="web", payload={"name": "Viewed", "properties": page}),
    ]  # fmt: skip


def unknown(item: dict[str, Any]) -> dict[str, Any]:
    """The same of somebody who never consented."""
    who = {**WHO, "identifiers": {"phone": CANARY["phone in text"], "email": CANARY["email in text"]}}
    return {name: value for name, value in item.items() if name != "consent"} | {
        "id": str(uuid4()),
        "subject": who,
    }


def odd_records() -> list[Any]:
    """Records with personal data where something else belongs."""
    return [
        record(subject=WHO, occurred_at=CANARY["phone"]),
        record(subject=WHO, kind=CANARY["email"], channel=CANARY["name"]),
        record(subject=WHO, source=CANARY["national id"]),
        {"id": CANARY["phone"], "subject": WHO},
        {CANARY["name"]: CANARY["email"]},
        CANARY["name"],
    ]


async def questions(people: People) -> None:
    """Everything that looks at a person: twice under one key, so that an answer that is kept is kept."""
    mention = {
        "id": "kenari-1",
        "platform": "facebook",
        "author": {"handle": CANARY["handle"]},
        "text": SAID,
        "url": "https://facebook.com/post/1",
        "published_at": datetime.now(UTC).isoformat(),
    }
    asked: list[tuple[httpx2.AsyncClient, str, dict[str, Any]]] = [
        (people.operator, "/v1/mentions/batch", {"mentions": [mention]}),
        (people.operator, "/v1/texts/analyze", {"texts": [SAID]}),
        (people.operator, "/v1/phones/check", {"phones": [CANARY["phone"], CANARY["phone in text"]]}),
        (people.operator, "/v1/subjects/lookup?purpose=service", {"identifiers": WHO["identifiers"]}),
        (
            people.collector,
            "/v1/verifications",
            {"phone": CANARY["phone in text"], "channel": "sms", "purpose": "legal"},
        ),
    ]
    for client, path, body in asked:
        for _ in range(2):
            reply = await client.post(path, json=body, headers={"Idempotency-Key": f"kenari {path}"})
            assert reply.status_code < 500, reply.text
    found = await people.operator.post(
        "/v1/subjects/lookup", params={"purpose": "service"}, json={"identifiers": WHO["identifiers"]}
    )
    shown = await people.operator.get(
        f"/v1/subjects/{found.json()['subject_id']}",
        params={"purpose": "service", "fields": "full_name,phone"},
    )
    assert shown.status_code == 200, shown.text


async def mistakes(people: People) -> list[httpx2.Response]:
    """Requests that are refused, with personal data in the path, the query, the body and the headers."""
    anyone, name, email = people.operator, CANARY["name"], CANARY["email"]
    return [
        await anyone.get(f"/v1/records/{email}"),
        await anyone.get(f"/v1/{name}"),
        await anyone.get(f"/v1/subjects/{email}", params={"purpose": name}),
        await anyone.get("/v1/records", params={"from": email}),
        await anyone.get("/v1/audit", params={"subject_id": email, "cursor": name}),
        await anyone.post("/v1/records", content=f"{{{name}".encode()),
        await anyone.post("/v1/records/batch", json={"records": email, name: email}),
        await anyone.post(
            "/v1/subjects/lookup", params={"purpose": "service"}, json={"identifiers": {name: 1}}
        ),
        await anyone.post("/v1/consents", json={"identifiers": {"phone": email}, "notice": name}),
        await anyone.post("/v1/verifications", json={"phone": email, "purpose": name}),
        await anyone.post("/v1/topics", json={"name": name, "kind": email}),
        await anyone.post("/v1/studies", json={"name": name, "audience": {"all": [{"field": email}]}}),
        await anyone.post(
            "/oauth/token", data={"grant_type": name, "client_id": email, "client_secret": name}
        ),
        await anyone.get("/v1/clients", headers={"Authorization": f"Bearer {email}"}, auth=None),
    ]
