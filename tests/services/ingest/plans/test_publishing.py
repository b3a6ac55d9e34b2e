"""A source's promises, version by version, and what they do to its records."""

from typing import Any

from services.ingest.plans.schemas import EXAMPLE
from tests.services.ingest.harness import Running, record

ORDER = {"order_id": "DH1", "total": 5_000, "currency": "VND", "items": [{"sku": "SP-0001"}]}


async def publish(ingest: Running, key: str = "default", **changed: Any) -> dict[str, Any]:
    answer = await ingest.client.post(f"/v1/sources/{key}/plans", json={**EXAMPLE, **changed})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_a_record_that_breaks_the_plan_waits_with_pointers_and_the_version(ingest: Running) -> None:
    await publish(ingest)
    (receipt,) = await ingest.send(record("transaction", payload={**ORDER, "total": -1, "order_id": None}))
    assert receipt["status"] == "quarantined"
    assert [(one["code"], one["pointer"]) for one in receipt["reasons"]] == [
        ("plan-violated", "/payload/order_id"),
        ("plan-violated", "/payload/total"),
    ]
    assert all("version 1" in one["detail"] for one in receipt["reasons"])


async def test_only_that_kind_of_that_source_is_held_to_it(ingest: Running) -> None:
    await publish(ingest)
    await ingest.client.post("/v1/sources", json={"key": "pos-02"})
    await ingest.accept(record("profile"), record("transaction", payload=ORDER))
    await ingest.accept(record("transaction", source="pos-02", payload={}))


async def test_a_corrected_plan_lets_what_waited_in_by_itself(ingest: Running) -> None:
    await publish(ingest)
    sent = record("transaction", payload={**ORDER, "currency": "USD"})
    assert await ingest.refuse(sent) == ["plan-violated"]
    fields = {**EXAMPLE["fields"], "payload.currency": {"enum": ["VND", "USD"]}}
    assert (await publish(ingest, fields=fields))["version"] == 2
    await ingest.becomes(sent["id"], "accepted")


async def test_a_plan_that_is_still_broken_says_its_own_version(ingest: Running) -> None:
    await publish(ingest)
    sent = record("transaction", payload={**ORDER, "total": "x" * 3, "order_id": None})
    sent["payload"]["total"] = -1
    await ingest.refuse(sent)
    await publish(ingest, fields={"payload.order_id": {"required": True}})

    async def told() -> bool:
        reasons = (await ingest.client.get(f"/v1/records/{sent['id']}")).json()["reasons"]
        return len(reasons) == 1 and "version 2" in reasons[0]["detail"]

    from tests.running import until

    await until(told)


async def test_a_plan_that_only_reports_keeps_nobody_out(ingest: Running) -> None:
    await publish(ingest, mode="report")
    (receipt,) = await ingest.accept(record("transaction", payload={**ORDER, "total": -1}))
    assert [(one["code"], one["pointer"]) for one in receipt["reasons"]] == [("plan-noted", "/payload/total")]


async def test_a_plan_can_be_switched_off(ingest: Running) -> None:
    await publish(ingest)
    sent = record("transaction", payload={})
    await ingest.refuse(sent)
    await publish(ingest, mode="off")
    await ingest.becomes(sent["id"], "accepted")


async def test_a_corrected_record_is_released_into_the_plan(ingest: Running) -> None:
    await publish(ingest)
    sent = record("transaction", payload={**ORDER, "total": -1})
    await ingest.refuse(sent)
    (item,) = (await ingest.client.get("/v1/quarantine")).json()["items"]
    door = f"/v1/quarantine/{item['id']}/release"
    still = await ingest.client.post(door, json={"record": {**sent, "payload": {**ORDER, "total": -2}}})
    assert still.json()["status"] == "quarantined"
    good = await ingest.client.post(door, json={"record": {**sent, "payload": ORDER}})
    assert good.json()["status"] == "accepted"


async def test_every_version_is_kept_and_the_newest_is_in_force(ingest: Running) -> None:
    first = await publish(ingest)
    assert await publish(ingest) == first
    await publish(ingest, unknown_fields="refuse")
    await publish(ingest, kind="profile", fields={}, schemas={"attributes": {"required": ["full_name"]}})
    answer = await ingest.client.get("/v1/sources/default/plans", params={"kind": "transaction", "limit": 1})
    page = answer.json()
    assert [(one["version"], one["in_force"]) for one in page["items"]] == [(2, True)]
    query = {"kind": "transaction", "limit": 1, "cursor": page["next_cursor"]}
    rest = (await ingest.client.get("/v1/sources/default/plans", params=query)).json()
    assert [(one["version"], one["in_force"]) for one in rest["items"]] == [(1, False)]
    assert rest["next_cursor"] is None
    everything = (await ingest.client.get("/v1/sources/default/plans")).json()["items"]
    assert len(everything) == 3
    assert everything[-1]["fields"]["payload.total"]["minimum"] == 0


async def test_an_unknown_source_and_a_hostile_schema_are_refused(ingest: Running) -> None:
    unknown = await ingest.client.post("/v1/sources/nobody/plans", json=EXAMPLE)
    assert unknown.status_code == 404
    remote = {**EXAMPLE, "schemas": {"payload": {"$ref": "https://example.com/x"}}}
    refused = await ingest.client.post("/v1/sources/default/plans", json=remote)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/schemas/payload/$ref"
    for bad in (
        {"fields": {"id": {}}},
        {"kind": "nothing"},
        {"schemas": {"payload": {"enum": ["x" * 70_000]}}},
    ):
        answer = await ingest.client.post("/v1/sources/default/plans", json={**EXAMPLE, **bad})
        assert answer.status_code == 422, answer.text
