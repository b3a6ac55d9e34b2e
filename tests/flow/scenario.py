"""A day in the life of the platform, told through its public API alone: the same in every mode."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from deploy.demo.connect import open_client
from deploy.demo.load import Size, Summary, load
from tests.flow.people import People, consent, problem, record, send
from tests.flow.planting import planted_people
from tests.running import until


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
