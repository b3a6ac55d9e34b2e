"""Providers deliver; what they bring is stored once, under its basis, whatever is sent again or goes wrong."""

from typing import Any

import pytest
import sqlalchemy as sa

from kernel.ids import new_id
from services.ingest.records.tables import record as stored
from services.ingest.webhooks.tables import hook_fetch
from tests.running import until
from tests.services.ingest.harness import Running, running_ingest
from tests.services.ingest.webhooks.deliveries import (
    SECRET,
    kiotviet_customer,
    kiotviet_invoice,
    lead,
    lead_notice,
    shop_order,
    signed,
    written,
)
from tests.services.ingest.webhooks.graph_server import TOKEN, GraphServer, fault, graph_server


async def hooked(ingest: Running, kind: str, **settings: Any) -> str:
    """The address of a new hook of the source default."""
    body = {"source": "default", "type": kind, "secret": SECRET, "basis": "contract", **settings}
    answer = await ingest.client.post("/v1/hooks", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["secret"] is None
    return str(answer.json()["url"])


async def deliver(ingest: Running, url: str, kind: str, document: Any, topic: str = "") -> dict[str, Any]:
    """What a good delivery is answered with."""
    body = written(document)
    answer = await ingest.client.post(url, content=body, headers=signed(kind, body, topic=topic))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def counts(ingest: Running) -> dict[str, int]:
    (item,) = (await ingest.client.get("/v1/hooks")).json()["items"]
    found: dict[str, int] = item["counts"]
    return found


async def test_customers_and_orders_of_kiotviet_come_to_one_person(ingest: Running) -> None:
    url = await hooked(ingest, "kiotviet")
    assert await deliver(ingest, url, "kiotviet", kiotviet_customer()) == {
        "records": {"accepted": 1}, "leads": 0, "unknown": 0,
    }  # fmt: skip
    told = await deliver(ingest, url, "kiotviet", kiotviet_invoice())
    assert told == {"records": {"accepted": 1}, "leads": 0, "unknown": 1}
    events = await ingest.events("records.accepted")
    assert len({event.subject for event in events}) == 1
    assert [event.kind for event in events] == ["profile", "transaction"]
    assert {event.basis for event in events} == {"contract"}


async def test_a_replay_is_a_duplicate_and_a_later_state_is_none(ingest: Running) -> None:
    url = await hooked(ingest, "haravan")
    first, later = shop_order(), shop_order(updated_at="2026-11-21T02:00:01Z", financial_status="paid")
    sent = [
        (first, "orders/create"),
        (first, "orders/create"),
        (later, "orders/paid"),
        (later, "orders/updated"),
    ]
    became = [(await deliver(ingest, url, "haravan", one, topic))["records"] for one, topic in sent]
    assert became == [{"accepted": 1}, {"duplicate": 1}, {"accepted": 1}, {"duplicate": 1}]
    assert (await deliver(ingest, url, "haravan", first, "orders/updated"))["records"] == {}
    assert (await counts(ingest))["stale"] == 1
    before, after = await ingest.events("records.accepted")
    assert (before.supersedes, after.supersedes) == (None, before.record_id)


async def test_what_a_state_superseded_is_forgotten_with_its_record(ingest: Running) -> None:
    url = await hooked(ingest, "haravan")
    await deliver(ingest, url, "haravan", shop_order(), "orders/create")
    async with ingest.app.state.chassis.database.transaction() as tx:
        await tx.execute(sa.delete(stored))
    later = shop_order(updated_at="2026-11-21T02:00:01Z")
    assert (await deliver(ingest, url, "haravan", later, "orders/paid"))["records"] == {"accepted": 1}
    assert [event.supersedes for event in await ingest.events("records.accepted")] == [None, None]


async def test_unknown_topics_are_acknowledged_and_counted(ingest: Running) -> None:
    url = await hooked(ingest, "sapo")
    told = await deliver(ingest, url, "sapo", {"id": 1}, "products/update")
    assert told == {"records": {}, "leads": 0, "unknown": 1}
    assert await counts(ingest) == {"received": 1, "unknown_topic": 1}


async def test_a_wrong_signature_brings_nothing_in_and_is_counted(ingest: Running) -> None:
    url = await hooked(ingest, "haravan")
    body = written(shop_order())
    for headers in (signed("haravan", body, "another"), signed("haravan", body + b" "), {}):
        answer = await ingest.client.post(
            url, content=body, headers={**headers, "X-Haravan-Topic": "orders/create"}
        )
        assert answer.status_code == 401
        assert answer.json()["type"].endswith("/unauthenticated")
    assert await counts(ingest) == {"refused": 3}
    assert (await ingest.client.post(f"/v1/hooks/{new_id()}", content=body)).status_code == 404
    assert (await ingest.client.post("/v1/hooks/none", content=body)).status_code == 404


async def test_a_body_that_is_no_json_is_refused_once_it_is_signed(ingest: Running) -> None:
    url = await hooked(ingest, "kiotviet")
    answer = await ingest.client.post(url, content=b"{", headers=signed("kiotviet", b"{"))
    assert answer.status_code == 400


async def test_a_generic_hook_has_a_mapping_a_consent_and_a_secret_of_ours(ingest: Running) -> None:
    rule = {
        "topics": ["visit"], "kind": "interaction", "channel": "app", "each": "/data", "id": "/no",
        "fields": {
            "occurred_at": {"at": ["/when"], "as": "moment"},
            "subject.identifiers.phone": {"at": ["/guest/phone"]},
            "payload.name": {"at": ["/what"]},
            "payload.properties.seats": {"at": ["/seats"], "as": "whole"},
        },
    }  # fmt: skip
    consent = {"notice": "core", "version": 1, "purposes": ["service", "analytics"]}
    body = {
        "source": "default",
        "type": "standard",
        "consent": consent,
        "mapping": {"topic": "/type", "rules": [rule]},
    }
    made = (await ingest.client.post("/v1/hooks", json=body)).json()
    guest = {
        "no": 7,
        "when": "2026-11-20T10:00:00+07:00",
        "what": "Đặt bàn",
        "seats": "4",
        "guest": {"phone": "0912345678"},
    }
    sent = written({"type": "visit", "data": [guest, {**guest, "no": 8, "guest": {}}]})
    for status in ("accepted", "duplicate"):
        answer = await ingest.client.post(
            made["url"], content=sent, headers=signed("standard", sent, made["secret"])
        )
        assert answer.json()["records"] == {status: 1, "quarantined": 1}
    (event,) = await ingest.events("records.accepted")
    assert event.payload == {"name": "Đặt bàn", "properties": {"seats": 4}}
    assert event.consent.method == "default"


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "standard"},
        {"type": "standard", "mapping": {"topic": "/t"}},
        {"type": "standard", "mapping": {"topic": "/t", "rules": []}},
        {"type": "unknown"},
        {"source": "nobody"},
        {"basis": "because"},
    ],
)
async def test_what_cannot_work_is_not_registered(ingest: Running, changed: dict[str, Any]) -> None:
    body = {"source": "default", "type": "sapo", **changed}
    assert (await ingest.client.post("/v1/hooks", json=body)).status_code == 422


async def test_a_closed_hook_is_gone_with_its_secret(ingest: Running) -> None:
    url = await hooked(ingest, "sapo")
    assert (await ingest.client.post(url + "/close")).status_code == 204
    body = written(shop_order())
    assert (await ingest.client.post(url, content=body, headers=signed("sapo", body))).status_code == 404
    assert (await ingest.client.post(url + "/close")).status_code == 404
    assert (await ingest.client.get("/v1/hooks")).json()["items"] == []


async def test_the_subscription_check_wants_the_verify_token(ingest: Running) -> None:
    url = await hooked(ingest, "meta", verify_token="một từ đã hẹn")
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "một từ đã hẹn"}
    answer = await ingest.client.get(url, params=asked)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert (await ingest.client.get(url, params={**asked, "hub.verify_token": "khác"})).status_code == 401
    bare = await hooked(ingest, "meta")
    assert (await ingest.client.get(bare, params={**asked, "hub.verify_token": ""})).status_code == 401


async def test_secrets_rest_sealed(ingest: Running) -> None:
    await hooked(ingest, "meta", verify_token="một từ đã hẹn")
    text = (await ingest.client.get("/v1/hooks")).text
    files = b"".join(path.read_bytes() for path in ingest.settings.data_dir.glob("ingest.db*"))
    for secret in (SECRET, "một từ đã hẹn"):
        assert secret not in text
        assert secret.encode() not in files


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.enable_socket
class TestLeads:
    """Lead ads: announced, fetched, stored, whatever the Graph API does."""

    async def test_a_lead_is_fetched_and_its_ticked_box_is_a_consent(self, tmp_path: Any) -> None:
        with graph_server(SECRET) as graph:
            graph.leads["901"] = lead("901", gender="female", bạn_thích_gì="cà phê")
            async with running_ingest(tmp_path, graph_url=graph.url, graph_token=TOKEN) as ingest:
                url = await with_boxes(ingest)
                told = await deliver(ingest, url, "meta", lead_notice("901"))
                assert told == {"records": {}, "leads": 1, "unknown": 1}
                await settled(ingest)
                (event,) = await ingest.events("records.accepted")
                assert (event.kind, event.channel, event.traits) == (
                    "profile",
                    "social_lead",
                    {"gender": "female"},
                )
                assert set(event.consent.purposes) == {"service", "marketing"}
                assert event.consent.method == "form"
                again = await deliver(ingest, url, "meta", lead_notice("901"))
                assert again["leads"] == 1
                await settled(ingest)
                assert (await counts(ingest))["duplicate"] == 1

    async def test_no_fault_of_the_graph_loses_a_lead(self, tmp_path: Any) -> None:
        with graph_server(SECRET) as graph:
            graph.leads |= {key: lead(key) for key in ("901", "902")}
            graph.faults = [
                (400, fault(4, "Application request limit reached")),
                (500, {}),
                (200, {"error": fault(1, "An unknown error occurred")["error"]}),
                (400, fault(190, "Error validating access token")),
            ]
            async with running_ingest(tmp_path, graph_url=graph.url, graph_token=TOKEN) as ingest:
                await deliver(ingest, await with_boxes(ingest), "meta", lead_notice("901", "902"))
                await until(lambda: tried(ingest, 2))
                (item,) = (await ingest.client.get("/v1/hooks")).json()["items"]
                assert item["waiting"] == 2
                assert item["trouble"] in ("rate-limited", "http-500")
                for _ in range(2):
                    await hurry(ingest)
                    await ingest.app.state.fetcher.fetch_due()
                await settled(ingest)
                assert len(await ingest.events("records.accepted")) == 2

    async def test_what_was_announced_outlives_the_process(self, tmp_path: Any) -> None:
        async with running_ingest(tmp_path) as ingest:  # without a token nothing can be fetched
            await deliver(ingest, await with_boxes(ingest), "meta", lead_notice("901"))
            await until(lambda: tried(ingest, 1))
        with graph_server(SECRET) as graph:
            graph.leads["901"] = lead("901")
            async with running_ingest(tmp_path, graph_url=graph.url, graph_token=TOKEN) as ingest:
                await hurry(ingest)
                await settled(ingest)
                assert len(await ingest.events("records.accepted")) == 1

    async def test_a_form_is_caught_up_with_page_by_page(self, tmp_path: Any) -> None:
        with graph_server(SECRET) as graph:
            keys = [str(1_000 + n) for n in range(120)]
            graph.leads, graph.forms = {key: lead(key) for key in keys}, {"333": keys}
            graph.faults = [(200, page_of(graph, keys[:50], "50")), (500, {})]
            async with running_ingest(tmp_path, graph_url=graph.url, graph_token=TOKEN) as ingest:
                url = await with_boxes(ingest)
                answer = await ingest.client.post(
                    url + "/catch-up", json={"form_id": "333", "since": "2026-11-01T00:00:00Z"}
                )
                assert answer.status_code == 202
                await until(lambda: asked(graph, 2))
                await until(lambda: waits_later(ingest))
                await hurry(ingest)
                await settled(ingest)
                assert (await counts(ingest))["accepted"] == 120
                assert [query.get("after") for _, query, _ in graph.asked] == [None, "50", "50", "100"]

    async def test_only_ids_reach_the_address(self, ingest: Running) -> None:
        told = await deliver(
            ingest, await with_boxes(ingest), "meta", lead_notice("1/../../me", "x", "9" * 40)
        )
        assert told == {"records": {}, "leads": 0, "unknown": 4}


async def with_boxes(ingest: Running) -> str:
    consent = {"notice": "core", "version": 1, "purposes": ["service"], "method": "form"}
    return await hooked(ingest, "meta", consent=consent, checkboxes={"marketing_ok": ["marketing"]})


def page_of(graph: GraphServer, keys: list[str], after: str) -> dict[str, Any]:
    paging = {"cursors": {"before": "0", "after": after}, "next": f"{graph.url}/333/leads?after={after}"}
    return {"data": [graph.leads[key] for key in keys], "paging": paging}


async def rows(ingest: Running) -> list[Any]:
    async with ingest.app.state.chassis.database.snapshot() as connection:
        return list((await connection.execute(sa.select(hook_fetch))).all())


async def tried(ingest: Running, n: int) -> bool:
    return sum(row.tries > 0 for row in await rows(ingest)) == n


async def asked(graph: GraphServer, n: int) -> bool:
    return len(graph.asked) >= n


async def waits_later(ingest: Running) -> bool:
    return any(row.tries for row in await rows(ingest))


async def settled(ingest: Running) -> None:
    async def nothing_waits() -> bool:
        return not await rows(ingest)

    await until(nothing_waits, within=20)


async def hurry(ingest: Running) -> None:
    """What waits is due now."""
    async with ingest.app.state.chassis.database.transaction() as tx:
        await tx.execute(sa.update(hook_fetch).values(due_at=0))
    ingest.app.state.fetcher.wake()
