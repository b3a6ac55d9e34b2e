"""What people do with held records: found by filters, dropped, released by the hundred, resolved, and let expire."""

from typing import Any

import pytest
import sqlalchemy as sa

from kernel.contracts.records import RecordAccepted, RecordsWithdrawn
from kernel.ids import new_id
from services.ingest.errors import KeyGone
from services.ingest.identity.pointers import point
from services.ingest.quarantine import service as quarantine
from services.ingest.quarantine.tables import quarantine as held
from services.ingest.quarantine.tables import quarantine_change, quarantine_index
from services.ingest.vault.service import Place
from services.ingest.vault.tables import data_key, tombstone
from tests.running import until
from tests.services.ingest.harness import Running, about, ago, record, running_ingest


async def items(ingest: Running, **asked: Any) -> list[dict[str, Any]]:
    answer = await ingest.client.get("/v1/quarantine", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def post(ingest: Running, path: str, body: Any, status: int = 200) -> dict[str, Any]:
    answer = await ingest.client.post(path, json=body)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def job(ingest: Running, body: Any) -> dict[str, Any]:
    """A job's last state."""
    key = (await post(ingest, "/v1/quarantine/jobs", body, 202))["id"]

    async def done() -> Any:
        told = (await ingest.client.get(f"/v1/quarantine/jobs/{key}")).json()
        return told if told["state"] == "done" else None

    found: dict[str, Any] = await until(done)
    return found


async def test_lists_are_narrowed(ingest: Running) -> None:
    await ingest.client.post("/v1/sources", json={"key": "pos-01"})
    await ingest.send(
        record(channel="?", source="pos-01"), record("survey", channel="?"), record(consent=None)
    )
    assert [len(await items(ingest, **asked)) for asked in (
        {}, {"source": "pos-01"}, {"kind": "survey"}, {"reason": "consent-missing"}, {"reason": "channel-unknown"},
        {"state": "released"}, {"from": ago(minutes=5).isoformat()}, {"to": ago(minutes=5).isoformat()},
        {"reason": "consent-missing", "kind": "survey"},
    )] == [3, 1, 1, 1, 2, 0, 3, 0, 0]  # fmt: skip
    assert (await ingest.client.get("/v1/quarantine?reason=a%25")).status_code == 422
    assert (await ingest.client.get("/v1/quarantine?state=x")).status_code == 422


async def test_who_corrected_what_and_when_is_kept_without_any_content(ingest: Running) -> None:
    sent = record(channel="?", subject=about(phone="0912345678"))
    await ingest.refuse(sent)
    (item,) = await items(ingest)
    path = f"/v1/quarantine/{item['id']}"
    await post(ingest, path + "/release", {"record": {**sent, "kind": "?"}})
    await post(ingest, path + "/release", {})
    await post(ingest, path + "/release", {"record": {**sent, "channel": "web"}})
    story = (await ingest.client.get(path)).json()
    assert (story["state"], story["record"], story["settled_as"]) == ("released", None, sent["id"])
    told = [(one["action"], one["outcome"], one["by"]) for one in story["changes"]]
    assert told == [
        ("corrected", "quarantined", "collector"),
        ("released", "quarantined", "collector"),
        ("corrected", "accepted", "collector"),
    ]
    first, second, third = story["changes"]
    assert first["old_hash"] == second["old_hash"] == second["new_hash"] == third["old_hash"]
    assert len({first["new_hash"], second["new_hash"], third["new_hash"]}) == 3
    assert (await ingest.client.get(f"/v1/quarantine/{new_id()}")).status_code == 404


async def test_what_is_dismissed_can_never_be_opened_again(ingest: Running) -> None:
    await ingest.refuse(record(channel="?"))
    (item,) = await items(ingest)
    path = f"/v1/quarantine/{item['id']}"
    assert (await ingest.client.post(path + "/dismiss", json={"reason": " "})).status_code == 422
    story = await post(ingest, path + "/dismiss", {"reason": "Gọi 0987654321 thì bảo là thử"})
    assert (story["state"], story["record"]) == ("dismissed", None)
    assert "0987654321" not in story["changes"][0]["note"]
    assert (await ingest.client.post(path + "/dismiss", json={"reason": "again"})).status_code == 409
    assert (await ingest.client.post(path + "/release")).status_code == 409
    async with ingest.app.state.rooms.vault.keyring.snapshot() as keys:
        assert item["id"] in (await keys.execute(sa.select(tombstone.c.owner))).scalars().all()
        assert item["id"] not in (await keys.execute(sa.select(data_key.c.owner))).scalars().all()
    with pytest.raises(KeyGone):
        await ingest.app.state.rooms.vault.open_sealed([(Place(item["id"], "", ""), b"0" * 40)])


async def test_many_are_released_at_once_each_one_once(ingest: Running) -> None:
    await ingest.client.post("/v1/sources", json={"key": "pos-01"})
    sent = [record(source="later", subject=about(phone=f"09123456{n:02}")) for n in range(30)]
    bad = record(channel="?", source="later")
    for one in (*sent, bad):
        await ingest.refuse(one)
    assert len(await items(ingest, reason="source-unknown")) == 31
    async with (
        ingest.app.state.chassis.database.transaction() as tx
    ):  # the source comes without waking anybody
        await tx.execute(sa.text("INSERT INTO source (key, name, created_at) VALUES ('later', 'Later', 0)"))
    ingest.app.state.rooms.sources.forget()
    told = await job(ingest, {"action": "release", "filter": {"reason": "source-unknown"}})
    assert (told["total"], told["done"], told["outcomes"]) == (31, 31, {"accepted": 30, "quarantined": 1})
    again = await job(ingest, {"action": "release", "filter": {}})
    assert again["outcomes"] == {"quarantined": 1}
    assert len(await ingest.events("records.accepted")) == 30


async def test_many_are_dismissed_by_their_ids(ingest: Running) -> None:
    await ingest.send(*(record(channel="?") for _ in range(5)))
    ids = [item["id"] for item in await items(ingest)]
    told = await job(ingest, {"action": "dismiss", "ids": [*ids[:3], new_id(), "x"], "reason": "thử"})
    assert (told["total"], told["outcomes"]) == (3, {"dismissed": 3})
    assert [item["id"] for item in await items(ingest)] == ids[3:]
    for body in (
        {"action": "dismiss", "filter": {}},
        {"action": "release"},
        {"action": "release", "ids": ids, "filter": {}},
    ):
        assert (await ingest.client.post("/v1/quarantine/jobs", json=body)).status_code == 422


async def test_what_nobody_cares_for_expires_with_its_key(ingest: Running) -> None:
    await ingest.send(record(channel="?"), record(channel="?"))
    old, young = [item["id"] for item in await items(ingest)]
    async with ingest.app.state.chassis.database.transaction() as tx:
        await tx.execute(sa.update(held).where(held.c.id == old).values(received_at=0))
    assert await ingest.app.state.desk.expire() == 1
    assert await ingest.app.state.desk.expire() == 0
    assert [item["id"] for item in await items(ingest)] == [young]
    assert [item["id"] for item in await items(ingest, state="expired")] == [old]
    async with ingest.app.state.rooms.vault.keyring.snapshot() as keys:
        assert (await keys.execute(sa.select(tombstone.c.owner))).scalars().all() == [old]


async def conflicts(ingest: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ingest.client.get("/v1/conflicts")).json()["items"]
    return found


async def contested(ingest: Running, **changed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A stored order, and the open conflict with another version of it."""
    first = record(
        "transaction", payload={"order_id": "7", "total": 100_000}, subject=about(phone="0912345678")
    )
    await ingest.accept(first)
    await ingest.send(first)  # a repeat: from now on what is stored is looked at before consent is
    second = {**first, "payload": {"order_id": "7", "total": 120_000}, **changed}
    for _ in range(2):
        (receipt,) = await ingest.send(second)
        assert (receipt["status"], receipt["reasons"][0]["code"]) == ("conflict", "content-differs")
    (conflict,) = await conflicts(ingest)
    return second, conflict


async def test_a_conflict_shows_both_versions_masked_and_where_they_differ(ingest: Running) -> None:
    sent, conflict = await contested(ingest)
    assert conflict["record_id"] == sent["id"]
    assert conflict["differs"] == ["/payload/total"]
    assert [conflict[version]["payload"]["total"] for version in ("stored", "incoming")] == [100_000, 120_000]
    assert conflict["stored"]["subject"]["identifiers"]["phone"] == "09•••••678"
    assert await items(ingest) == []


async def test_the_stored_version_can_be_kept(ingest: Running) -> None:
    _, conflict = await contested(ingest)
    told = await post(ingest, f"/v1/conflicts/{conflict['id']}/resolve", {"keep": "stored"})
    assert (told["kept"], told["status"]) == ("stored", "dismissed")
    assert await conflicts(ingest) == []
    assert len(await ingest.events("records.accepted")) == 1
    answer = await ingest.client.post(f"/v1/conflicts/{conflict['id']}/resolve", json={"keep": "incoming"})
    assert answer.status_code == 409


async def test_the_incoming_version_becomes_the_record_and_says_what_it_supersedes(ingest: Running) -> None:
    sent, conflict = await contested(ingest)
    told = await post(ingest, f"/v1/conflicts/{conflict['id']}/resolve", {"keep": "incoming"})
    assert (told["kept"], told["status"], told["record_id"]) == ("incoming", "accepted", sent["id"])
    first, second = await ingest.events("records.accepted")
    assert (first.supersedes, second.supersedes) == (None, sent["id"])
    assert (first.record_id, first.subject) == (second.record_id, second.subject)
    assert second.payload["total"] == 120_000
    assert (await ingest.send(sent))[0]["status"] == "duplicate"
    answer = await ingest.reveal(ingest.grant(second.subject, "phone"))
    assert answer.json() == {"fields": {"phone": "+84912345678"}}
    (change,) = (await ingest.client.get(f"/v1/quarantine/{conflict['id']}")).json()["changes"]
    assert (change["action"], change["outcome"], change["by"]) == ("kept_incoming", "accepted", "collector")
    assert change["old_hash"] != change["new_hash"]


async def test_a_version_about_somebody_else_is_taken_from_the_first(ingest: Running) -> None:
    sent, conflict = await contested(ingest, subject=about(phone="0987654321"))
    told = await post(ingest, f"/v1/conflicts/{conflict['id']}/resolve", {"keep": "incoming"})
    assert told["status"] == "accepted"
    events = await ingest.events("records.accepted")
    accepted = [one for one in events if isinstance(one, RecordAccepted)]
    first, second = sorted(accepted, key=lambda one: one.supersedes is not None)
    (gone,) = [one for one in events if isinstance(one, RecordsWithdrawn)]
    assert first.subject != second.subject
    assert (gone.subject, gone.record_ids, gone.reason) == (first.subject, (sent["id"],), "corrected")


async def test_an_incoming_version_that_may_not_be_stored_leaves_everything_as_it_was(
    ingest: Running,
) -> None:
    other = about(phone="0987654321")
    sent, conflict = await contested(ingest, consent=None, subject=other)
    told = await post(ingest, f"/v1/conflicts/{conflict['id']}/resolve", {"keep": "incoming"})
    assert (told["kept"], told["status"]) == ("stored", "quarantined")
    assert told["reasons"][0]["code"] == "consent-missing"
    assert [one["id"] for one in await conflicts(ingest)] == [conflict["id"]]
    assert await ingest.status_of(sent["id"]) == "accepted"
    assert len(await ingest.events("records.accepted")) == 1


async def test_a_released_record_that_meets_another_version_is_a_conflict_and_not_lost(
    ingest: Running,
) -> None:
    good = record("transaction", payload={"total": 1})
    await ingest.accept(good)
    await ingest.refuse({**good, "id": "x"})
    (item,) = await items(ingest)
    other = {**good, "payload": {"total": 2}}
    assert (await post(ingest, f"/v1/quarantine/{item['id']}/release", {"record": other}))[
        "status"
    ] == "conflict"
    (conflict,) = await conflicts(ingest)
    assert conflict["differs"] == ["/payload/total"]


async def test_erasure_finds_waiting_and_contested_records_by_blind_index(ingest: Running) -> None:
    await contested(ingest)
    await ingest.refuse(record(channel="?", subject=about(phone="0912345678")))
    await ingest.refuse(record(channel="?", subject=about(phone="0900000001")))
    rooms = ingest.app.state.rooms
    indexes = [index for _, _, index in point(rooms.reader.indexer, [("phone", "0912345678")]).joining]
    async with ingest.app.state.chassis.database.transaction() as tx:
        assert await quarantine.forget(tx, rooms.vault, indexes, []) == 2
        pointers = sa.select(sa.func.count()).where(quarantine_index.c.index.in_(indexes))
        assert await tx.scalar(pointers) == 0
    assert await conflicts(ingest) == []
    assert len(await items(ingest)) == 1


async def test_a_job_goes_on_after_a_restart(tmp_path: Any) -> None:
    async with running_ingest(tmp_path, view=False, background=False) as ingest:
        await ingest.send(*(record(channel="?") for _ in range(3)))
        key = (
            await post(
                ingest, "/v1/quarantine/jobs", {"action": "dismiss", "filter": {}, "reason": "thử"}, 202
            )
        )["id"]
        assert len(await items(ingest)) == 3
    async with running_ingest(tmp_path) as ingest:

        async def done() -> bool:
            return bool((await ingest.client.get(f"/v1/quarantine/jobs/{key}")).json()["state"] == "done")

        await until(done)
        assert await items(ingest) == []
        async with ingest.app.state.chassis.database.snapshot() as connection:
            assert await connection.scalar(sa.select(sa.func.count()).select_from(quarantine_change)) == 3
