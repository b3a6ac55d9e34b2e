"""Crashes between keyring and data: never a record without its key, and a key without data is swept in the end."""

import pytest
import sqlalchemy as sa

from kernel.ids import new_id
from services.ingest.records.tables import record as record_table
from services.ingest.tables import metadata
from services.ingest.vault.sweep import OrphanSweep
from services.ingest.vault.tables import data_key, orphan
from tests.services.ingest.harness import Running, record


def crash(*_: object, **__: object) -> None:
    """What a power cut does to a step, awaited or not."""
    raise MemoryError("the power went")


async def owners(ingest: Running) -> set[str]:
    async with ingest.app.state.rooms.vault.keyring.snapshot() as keys:
        return set((await keys.execute(sa.select(data_key.c.owner))).scalars())


def sweep_of(ingest: Running, grace_h: float) -> OrphanSweep:
    state = ingest.app.state
    return OrphanSweep(state.rooms.vault, state.chassis.database, metadata, grace_h)


@pytest.mark.parametrize(
    "step",
    [
        "services.ingest.vault.repository.add_keys",
        "services.ingest.vault.repository.current_version",
        "services.ingest.records.storing.Vault.seal_all",
        "services.ingest.records.repository.add_records",
        "services.ingest.records.storing.publish",
    ],
)
async def test_a_crash_at_any_step_leaves_no_record_without_its_key(
    ingest: Running, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    (first,) = await ingest.accept(record(subject={"identifiers": {"phone": "0912345679"}}))
    sent = record()
    with monkeypatch.context() as broken:
        broken.setattr(step, crash)
        answer = await ingest.client.post("/v1/records", json=sent)
    assert answer.status_code == 500
    assert (await ingest.client.get(f"/v1/records/{sent['id']}")).status_code == 404
    (receipt,) = await ingest.accept(sent)
    async with ingest.app.state.chassis.database.snapshot() as data:
        sealed = set((await data.execute(sa.select(record_table.c.subject_id))).scalars())
    assert sealed == {first["subject_id"], receipt["subject_id"]} <= await owners(ingest)


async def test_an_orphan_is_noted_then_swept_after_the_grace_time(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    (receipt,) = await ingest.accept(record())
    await ingest.refuse(record(channel="?"))
    used = await owners(ingest)
    assert len(used) == 2
    with monkeypatch.context() as broken:
        broken.setattr("services.ingest.records.storing.publish", crash)
        await ingest.client.post(
            "/v1/records", json=record(subject={"identifiers": {"email": "a@example.com"}})
        )
    assert len(await owners(ingest)) == 3
    assert await sweep_of(ingest, 1.0).sweep() == 0
    assert await sweep_of(ingest, 1.0).sweep() == 0
    assert (await ingest.client.get("/v1/keys")).json()["orphans"] == 1
    assert await sweep_of(ingest, -1.0).sweep() == 1
    assert await owners(ingest) == used
    assert (await ingest.client.get("/v1/keys")).json()["orphans"] == 0
    assert (await ingest.reveal(ingest.grant(receipt["subject_id"], "phone"))).status_code == 200


async def test_the_key_of_an_item_that_left_while_the_process_died_is_swept(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = record(channel="?")
    await ingest.refuse(sent)
    (item,) = (await ingest.client.get("/v1/quarantine")).json()["items"]
    with monkeypatch.context() as broken:
        broken.setattr("services.ingest.vault.service.Vault.discard", crash)
        await ingest.client.post("/v1/records", json={**sent, "channel": "web"})
    assert item["id"] in await owners(ingest)
    await sweep_of(ingest, 1.0).sweep()
    await sweep_of(ingest, -1.0).sweep()
    assert item["id"] not in await owners(ingest)


async def test_what_is_used_after_all_is_struck_off(ingest: Running) -> None:
    (receipt,) = await ingest.accept(record())
    keyring = ingest.app.state.rooms.vault.keyring
    async with keyring.transaction() as tx:
        await tx.execute(sa.insert(orphan).values(owner=receipt["subject_id"], seen_at=1))
    assert await sweep_of(ingest, 1.0).sweep() == 0
    assert receipt["subject_id"] in await owners(ingest)
    assert (await ingest.client.get("/v1/keys")).json()["orphans"] == 0


async def test_many_keys_are_swept_in_parts(ingest: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ingest.vault.sweep.BATCH", 3)
    (receipt,) = await ingest.accept(record())
    lost = [new_id() for _ in range(10)]
    await ingest.app.state.rooms.vault.keys_for(lost, fresh=lost)
    await sweep_of(ingest, 1.0).sweep()
    assert await sweep_of(ingest, -1.0).sweep() == 10
    assert await owners(ingest) == {receipt["subject_id"]}
