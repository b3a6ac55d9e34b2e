"""Erasure: marked, drained, keys destroyed, rows gone, confirmed; whatever is in the way, and wherever it crashes."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kernel.contracts.consents import PurposeState
from kernel.contracts.privacy import ErasureRequested
from kernel.contracts.subjects import SubjectErased
from kernel.ids import new_id
from kernel.store.consumer import erased_among
from services.ingest.holds.tables import held, hold
from services.ingest.identity.tables import identifier, subject
from services.ingest.quarantine.tables import quarantine, quarantine_index
from services.ingest.records.tables import attempt, facet
from services.ingest.records.tables import record as record_table
from services.ingest.tables import store
from services.ingest.vault.tables import data_key, tombstone
from tests.happened import consent_state, envelope
from tests.running import until
from tests.services.ingest.harness import Running, about, ago, record, running_ingest

MINE = {
    "identifiers": {"phone": "0912 345 678", "email": "tran@example.com", "tax_code": "0101234565"},
    "attributes": {"full_name": "Lý Bảo Trân"},
}
OTHERS = about(phone="0987654321")
ABOUT_PEOPLE = (record_table, facet, attempt, identifier, quarantine, quarantine_index, held)


pytestmark = pytest.mark.engines


@pytest.fixture
async def ingest(tmp_path: Path, urls: dict[str, str]) -> AsyncIterator[Running]:
    """A running ingest on both engines."""
    async with running_ingest(tmp_path, **urls) as running:
        yield running


async def request_erasure(ingest: Running, *origins: str) -> str:
    request_id = new_id()
    event = ErasureRequested(**{**envelope(), "subject": origins[0]}, request_id=request_id, origins=origins)
    await ingest.hear(event)
    return request_id


async def confirmation(ingest: Running, request_id: str) -> Any:
    async def look() -> Any:
        events = await ingest.events("privacy.confirmed")
        return next((event for event in events if event.request_id == request_id), None)

    return await until(look)


async def rows_of(ingest: Running, *tables: sa.Table) -> dict[str, int]:
    async with ingest.app.state.chassis.database.snapshot() as data:
        return {
            table.name: await data.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in tables
        }


async def fill(ingest: Running) -> str:
    """A person with records, a repeat, waiting and released items, beside somebody else; the person's id."""
    sent = [record(subject=MINE), record("transaction", subject=MINE), record("transaction", subject=MINE)]
    receipts = await ingest.accept(*sent)
    await ingest.send(sent[0])
    await ingest.refuse(record(subject=MINE, channel="?"))
    fixed = record(subject=MINE, channel="?")
    await ingest.refuse(fixed)
    await ingest.accept({**fixed, "channel": "web"})
    await ingest.accept(record(subject=OTHERS))
    await ingest.refuse(record(subject=OTHERS, channel="?"))
    return str(receipts[0]["subject_id"])


async def test_nothing_of_the_person_is_left_and_the_rest_is(ingest: Running) -> None:
    who = await fill(ingest)
    told = await confirmation(ingest, await request_erasure(ingest, who))
    assert (told.service, told.kept) == ("ingest", ())
    destroyed = {one.what: (one.store, one.count) for one in told.destroyed}
    assert destroyed["records"] == ("database", 4)
    assert destroyed["data keys"] == ("keyring", 1)
    assert (destroyed["attempts"][1], destroyed["identifiers"][1], destroyed["quarantined records"][1]) == (
        1,
        3,
        2,
    )
    left = await rows_of(ingest, *ABOUT_PEOPLE)
    assert left == {
        "record": 1, "facet": 1, "attempt": 0, "identifier": 1, "quarantine": 1, "quarantine_index": 1, "held": 0,
    }  # fmt: skip
    assert (await ingest.reveal(ingest.grant(who, "phone"))).status_code == 410
    assert (await ingest.resolve(phone="0912345678"))["subject_id"] is None
    (other,) = await ingest.send(record(subject=OTHERS))
    assert (await ingest.reveal(ingest.grant(other["subject_id"], "phone"))).json()["fields"][
        "phone"
    ] == "+84987654321"
    keyring = ingest.app.state.rooms.vault.keyring
    async with keyring.snapshot() as keys:
        assert who in set((await keys.execute(sa.select(tombstone.c.owner))).scalars())
        assert who not in set((await keys.execute(sa.select(data_key.c.owner))).scalars())
    async with ingest.app.state.chassis.database.snapshot() as data:
        row = (await data.execute(sa.select(subject).where(subject.c.id == who))).one()
        assert (row.own, row.ledger, row.facets) == (None, None, b"")


async def test_the_outbox_is_drained_before_anything_is_destroyed(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the log takes nothing, the person is marked but not a key is destroyed."""
    who = (await ingest.accept(record(subject=MINE)))[0]["subject_id"]
    relay = ingest.app.state.chassis.relay
    await until(relay.drained)

    async def broken(*_: object) -> None:
        raise OSError("no log")

    with monkeypatch.context() as patched:
        patched.setattr(type(relay), "cycle", broken)
        await ingest.accept(record("transaction", subject=MINE))
        request = await request_erasure(ingest, who)
        await until(lambda: has_begun(ingest))
        assert (await rows_of(ingest, record_table))["record"] == 2
        assert await ingest.refuse(record(subject=MINE)) == ["subject-erased"]
    await confirmation(ingest, request)
    told = [event.subject for event in await ingest.events("records.accepted")]
    assert told == [who, who]
    (announced,) = [one for one in await ingest.events("subjects.changed") if isinstance(one, SubjectErased)]
    assert (announced.origins, announced.request_id) == ((who,), request)


async def has_begun(ingest: Running) -> bool:
    return (await rows_of(ingest, store.erasure))["erasure"] == 1


async def test_backlog_and_rewind_bring_nobody_back(ingest: Running) -> None:
    """Consents of before, sent again or read again, neither revive the person nor fill their row."""
    who = await fill(ingest)
    other = new_id()
    await ingest.change_consent(who, 1, service=PurposeState(granted_at=ago(hours=1)))
    await confirmation(ingest, await request_erasure(ingest, who))
    await ingest.change_consent(who, 9, service=PurposeState(granted_at=ago(hours=1)))
    database = ingest.app.state.chassis.database
    async with database.transaction() as tx:
        await tx.execute(sa.delete(store.position))
        await tx.execute(sa.delete(store.mark))
    for consumer in ingest.app.state.chassis.consumers:
        consumer._marks.clear()
    await ingest.hear(consent_state(other, 1, service=PurposeState(granted_at=ago(hours=1))))
    async with database.snapshot() as data:
        row = (await data.execute(sa.select(subject).where(subject.c.id == who))).one()
        assert (row.ledger, row.erased_at is not None) == (None, True)
        assert await erased_among(data, store, {who, other}) == {who}
    assert (await rows_of(ingest, store.erasure))["erasure"] == 1
    assert len(await ingest.events("privacy.confirmed")) == 1


async def test_the_same_request_again_changes_nothing(ingest: Running) -> None:
    who = (await ingest.accept(record(subject=MINE)))[0]["subject_id"]
    request = await request_erasure(ingest, who)
    await confirmation(ingest, request)
    event = ErasureRequested(**{**envelope(), "subject": who}, request_id=request, origins=(who,))
    await ingest.hear(event)
    assert len(await ingest.events("privacy.confirmed")) == 1


async def test_every_origin_is_erased(ingest: Running) -> None:
    first = (await ingest.accept(record(subject=MINE)))[0]["subject_id"]
    second = (await ingest.accept(record(subject=OTHERS)))[0]["subject_id"]
    never_stored = new_id()
    told = await confirmation(ingest, await request_erasure(ingest, first, second, never_stored))
    assert {one.what: one.count for one in told.destroyed}["records"] == 2
    for who in (first, second, never_stored):
        assert (await ingest.reveal(ingest.grant(who, "phone"))).status_code == 410


@pytest.mark.parametrize(
    "step",
    [
        "services.ingest.erasure.work.fill_all",
        "services.ingest.vault.repository.bury",
        "services.ingest.records.keeping.delete_records",
        "services.ingest.quarantine.service.forget",
        "services.ingest.quarantine.repository.delete_items",
        "services.ingest.erasure.service.forget_people",
        "services.ingest.erasure.repository.add_counts",
        "services.ingest.erasure.service.confirmation",
        "services.ingest.erasure.repository.confirm",
    ],
)
async def test_a_crash_at_any_step_is_made_good(
    tmp_path: Path, urls: dict[str, str], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The process dies at the step, once; another one carries on and counts right."""
    monkeypatch.setattr("services.ingest.erasure.service.BATCH", 2)
    tried = []

    def crash(*_: object, **__: object) -> None:
        tried.append(step)
        raise OSError("the power went")

    async with running_ingest(tmp_path, **urls) as ingest:
        who = await fill(ingest)
        with monkeypatch.context() as broken:
            broken.setattr(step, crash)
            request = await request_erasure(ingest, who)

            async def has_crashed() -> bool:
                return bool(tried)

            await until(has_crashed)
    async with running_ingest(tmp_path, view=False, **urls) as ingest:
        await ingest.beat()
        told = await confirmation(ingest, request)
        counts = {one.what: one.count for one in told.destroyed}
        assert (counts["records"], counts["data keys"], counts["identifiers"]) == (4, 1, 3)
        assert counts["quarantined records"] == 2
        left = await rows_of(ingest, *ABOUT_PEOPLE)
        assert (left["record"], left["quarantine"], left["identifier"]) == (1, 1, 1)


async def impose(ingest: Running, who: str, **changed: Any) -> dict[str, Any]:
    body = {
        "reason": "Hoá đơn chờ quyết toán thuế, gọi chị Trân 0912345678",
        "legal_basis": "Luật Kế toán 88/2015/QH13, điều 41",
        "kinds": ["transaction"],
        "fields": ["full_name", "tax_code"],
        "until": ago(days=-365).isoformat(),
        **changed,
    }
    answer = await ingest.client.post(f"/v1/subjects/{who}/holds", json=body, headers=officer(ingest))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def officer(ingest: Running) -> dict[str, str]:
    return ingest.as_caller("officer", "privacy_officer", "privacy:manage")


async def held_records(ingest: Running, who: str, hold_id: str, **claims: Any) -> tuple[int, Any]:
    grant = ingest.grant(who, f"hold:{hold_id}", **{"purpose": "legal", **claims})
    answer = await ingest.client.post("/internal/held", json={"grant": grant}, headers=ingest.as_service())
    return answer.status_code, answer.json()


async def test_a_hold_outlives_the_erasure_and_says_so(ingest: Running) -> None:
    who = await fill(ingest)
    hold_made = await impose(ingest, who)
    assert hold_made["records"] == 2
    assert "0912345678" not in hold_made["reason"]
    late = record("transaction", subject=MINE, payload={"order_id": "DH-9", "total": 120000})
    await ingest.accept(late)
    told = await confirmation(ingest, await request_erasure(ingest, who))
    (kept,) = told.kept
    assert (kept.what, kept.count, kept.basis) == ("transaction", 3, "Luật Kế toán 88/2015/QH13, điều 41")
    assert (await rows_of(ingest, record_table))["record"] == 1
    status, page = await held_records(ingest, who, hold_made["id"])
    assert status == 200
    found = next(item for item in page["items"] if item["record_id"] == late["id"])
    assert found["record"]["payload"]["total"] == 120000
    assert found["record"]["subject"] == {
        "identifiers": {"tax_code": "0101234565"}, "attributes": {"full_name": "Lý Bảo Trân"},
    }  # fmt: skip
    assert "tran@example.com" not in str(page)
    assert (await ingest.reveal(ingest.grant(who, "full_name"))).status_code == 410


async def test_a_hold_is_on_everybody_who_is_read_as_its_person(ingest: Running) -> None:
    who = await fill(ingest)
    made = await impose(ingest, who)
    bought = record(
        "transaction", subject=about(phone="0987000222"), payload={"order_id": "DH-8", "total": 80000}
    )
    other = (await ingest.accept(bought))[0]["subject_id"]
    body = {"source_id": other, "target_id": who, "reason": "one customer, two phones"}
    assert (await ingest.client.post("/v1/subjects/merge", json=body)).status_code == 201
    listed = await ingest.client.get(f"/v1/subjects/{other}/holds", headers=officer(ingest))
    assert [one["id"] for one in listed.json()["items"]] == [made["id"]]
    told = await confirmation(ingest, await request_erasure(ingest, who, other))
    (kept,) = told.kept
    assert kept.count == 3
    for origin in (who, other):
        status, page = await held_records(ingest, origin, made["id"])
        assert status == 200
        assert bought["id"] in {item["record_id"] for item in page["items"]}
    path = f"/v1/subjects/{other}/holds/{made['id']}/release"
    assert (await ingest.client.post(path, headers=officer(ingest))).status_code == 200
    assert (await rows_of(ingest, held, hold)) == {"held": 0, "hold": 1}


async def test_the_officer_sees_who_was_erased_by_id_alone(ingest: Running) -> None:
    who, others = await fill(ingest), sorted(new_id() for _ in range(2))
    await confirmation(ingest, await request_erasure(ingest, who, *others))
    found: list[dict[str, str]] = []
    cursor: str | None = None
    while True:
        asked = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        answer = await ingest.client.get("/v1/erased", params=asked, headers=officer(ingest))
        found += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            break
    assert [set(one) for one in found] == [{"subject_id", "erased_at"}] * 3
    assert all(datetime.fromisoformat(one["erased_at"]).tzinfo for one in found)
    assert [one["subject_id"] for one in found] == sorted([who, *others])
    assert (await ingest.client.get("/v1/erased")).status_code == 403


async def test_a_hold_opens_for_legal_alone(ingest: Running) -> None:
    who = await fill(ingest)
    made = await impose(ingest, who)
    assert (await held_records(ingest, who, made["id"], purpose="service"))[0] == 403
    assert (await held_records(ingest, new_id(), made["id"]))[0] == 404
    grant = ingest.grant(who, "full_name", purpose="legal")
    answer = await ingest.client.post("/internal/held", json={"grant": grant}, headers=ingest.as_service())
    assert answer.status_code == 403
    grant = ingest.grant(who, f"hold:{made['id']}", purpose="legal")
    assert (await ingest.client.post("/internal/held", json={"grant": grant})).status_code == 403
    refused = await ingest.client.get(f"/v1/subjects/{who}/holds")
    assert refused.status_code == 403


async def test_the_release_of_a_hold_destroys_its_key(ingest: Running) -> None:
    who = await fill(ingest)
    made = await impose(ingest, who)
    request = await request_erasure(ingest, who)
    await confirmation(ingest, request)
    path = f"/v1/subjects/{who}/holds/{made['id']}/release"
    assert (await ingest.client.post(path, headers=officer(ingest))).status_code == 200
    (told,) = [one for one in await ingest.events("privacy.confirmed") if not one.kept]
    assert told.request_id == request
    assert {one.what: one.count for one in told.destroyed} == {"held records": 2, "hold keys": 1}
    assert (await held_records(ingest, who, made["id"]))[0] == 409
    assert (await ingest.client.post(path, headers=officer(ingest))).status_code == 409
    assert (await rows_of(ingest, held, hold)) == {"held": 0, "hold": 1}
    async with ingest.app.state.rooms.vault.keyring.snapshot() as keys:
        assert made["id"] in set((await keys.execute(sa.select(tombstone.c.owner))).scalars())
        assert made["id"] not in set((await keys.execute(sa.select(data_key.c.owner))).scalars())
    (listed,) = (await ingest.client.get(f"/v1/subjects/{who}/holds", headers=officer(ingest))).json()[
        "items"
    ]
    assert (listed["records"], listed["released_at"] is not None) == (0, True)


async def test_a_hold_is_on_somebody_for_something_and_for_a_time(ingest: Running) -> None:
    who = await fill(ingest)
    good = {
        "reason": "Thanh tra",
        "legal_basis": "Luật",
        "kinds": ["transaction"],
        "until": ago(days=-1).isoformat(),
    }

    async def refused(subject_id: str = who, **changed: Any) -> int:
        path = f"/v1/subjects/{subject_id}/holds"
        answer = await ingest.client.post(path, json={**good, **changed}, headers=officer(ingest))
        return answer.status_code

    assert await refused(kinds=["gossip"]) == 422
    assert await refused(fields=["shoe_size"]) == 422
    assert await refused(until=ago(days=1).isoformat()) == 422
    assert await refused(new_id()) == 404
    await confirmation(ingest, await request_erasure(ingest, who))
    assert await refused() == 410
