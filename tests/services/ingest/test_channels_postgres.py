"""Hooks, the desk, conflicts, campaigns and referrals keep their promises on a PostgreSQL server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kernel.web.pages import encode_cursor
from services.ingest.records.tables import record as stored
from services.ingest.tables import metadata
from tests.running import differences
from tests.services.ingest.harness import SCOPES, Running, about, record, running_ingest
from tests.services.ingest.test_desk import conflicts, contested, items, job, post
from tests.services.ingest.webhooks.deliveries import kiotviet_customer, kiotviet_invoice, shop_order
from tests.services.ingest.webhooks.test_hooks import counts, deliver, hooked


@pytest.fixture
async def ingest(tmp_path: Path, postgres_url: str) -> AsyncIterator[Running]:
    """An ingest whose data is on a server."""
    async with running_ingest(tmp_path, database_url=postgres_url) as running:
        yield running


async def test_the_migrated_schema_is_what_the_tables_say(ingest: Running) -> None:
    async with ingest.app.state.chassis.database.transaction() as tx:
        assert await tx.run_sync(differences, metadata) == []


async def test_deliveries_at_once_are_stored_once(ingest: Running) -> None:
    url = await hooked(ingest, "kiotviet")
    told = await asyncio.gather(
        *(deliver(ingest, url, "kiotviet", kiotviet_customer()) for _ in range(6)),
        *(deliver(ingest, url, "kiotviet", kiotviet_invoice()) for _ in range(6)),
    )
    became = [status for one in told for status in one["records"]]
    assert (became.count("accepted"), became.count("duplicate")) == (2, 10)
    assert (await counts(ingest))["received"] == 12
    other = await hooked(ingest, "haravan")
    await deliver(ingest, other, "haravan", shop_order(), "orders/create")


async def test_the_desk_filters_releases_and_resolves(ingest: Running) -> None:
    await ingest.send(
        *(record(channel="?") for _ in range(3)), record(consent=None, subject=about(phone="0900000001"))
    )
    assert len(await items(ingest, reason="channel-unknown")) == 3
    told = await job(ingest, {"action": "dismiss", "filter": {"reason": "channel-unknown"}, "reason": "thử"})
    assert told["outcomes"] == {"dismissed": 3}
    _, conflict = await contested(ingest)
    resolved = await post(ingest, f"/v1/conflicts/{conflict['id']}/resolve", {"keep": "incoming"})
    assert resolved["status"] == "accepted"
    assert await conflicts(ingest) == []
    assert await ingest.app.state.desk.expire() == 0


async def test_responses_and_edges_go_with_their_record(ingest: Running) -> None:
    body = {"name": "Báo giấy", "medium": "press", "spend": [{"spent_on": "2026-11-01", "amount": 900}]}
    made = await post(ingest, "/v1/campaigns", body, 201)
    payload = {"campaign": made["key"], "referred_identifiers": {"phone": "0912000009"}}
    sent = [record("referral", payload=payload, subject=about(phone=f"091200000{n}")) for n in range(3)]
    await ingest.accept(*sent)
    async with ingest.app.state.chassis.database.transaction() as tx:
        await tx.execute(sa.delete(stored).where(stored.c.id == sent[0]["id"]))
    told = (await ingest.client.get("/v1/campaigns")).json()["items"][0]
    assert (told["leads"], told["people"], told["cost_per_lead"]) == (2, 2, 450)
    assert len((await ingest.client.get("/v1/referrals")).json()["items"]) == 2


KNOWN = "0193f1a2-7c1e-7000-8000-000000000001"
FORGED = (
    "nobody", 7, 2**70, "\0", [1, "nobody"], [2**70, KNOWN], [0.5, "x"], ["a\0b", 1], [KNOWN, KNOWN], {"a": 1}
)  # fmt: skip


async def test_no_list_breaks_on_a_forged_cursor(ingest: Running) -> None:
    """SQLite takes any text for an id; a server does not, and would answer with a failure of ours."""
    paths = ingest.app.openapi()["paths"]
    lists = [
        path
        for path, doors in paths.items()
        if any(one["name"] == "cursor" for one in doors.get("get", {}).get("parameters", []))
    ]
    assert len(lists) >= 8
    anybody = ingest.as_caller("officer", "privacy_officer", *SCOPES, "privacy:manage")
    for path in lists:
        place = path.replace("{key}", "default")
        assert "{" not in place
        for position in FORGED:
            cursor = encode_cursor(position)
            answer = await ingest.client.get(place, params={"cursor": cursor}, headers=anybody)
            assert answer.status_code in (200, 422), (place, position, answer.text)
            assert answer.status_code == 422 or isinstance(position, list), (place, position)
