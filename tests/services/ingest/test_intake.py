"""Concurrent requests share transactions, and nobody pays for another's trouble."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ids import new_id
from services.ingest.records import acceptance
from tests.services.ingest.harness import Running, about, record, running_ingest


def counted(ingest: Running) -> list[int]:
    """One entry a committed transaction of the database, from now on."""
    commits: list[int] = []
    ingest.app.state.chassis.database.on_commit(lambda: commits.append(1))
    return commits


async def post(ingest: Running, sent: Any) -> tuple[int, Any]:
    answer = await ingest.client.post("/v1/records", json=sent)
    return answer.status_code, answer.json()


async def test_concurrent_single_requests_share_transactions_and_get_their_own_receipts(
    ingest: Running,
) -> None:
    sent = [record(subject=about(phone=f"09123{number:05d}")) for number in range(200)]
    commits = counted(ingest)
    answers = await asyncio.gather(*(post(ingest, one) for one in sent))
    assert [(status, body["status"], body["id"]) for status, body in answers] == [
        (202, "accepted", one["id"]) for one in sent
    ]
    assert all(body["index"] == 0 for _, body in answers)
    assert len(commits) < 60


async def test_small_batches_in_a_group_keep_their_own_numbers(ingest: Running) -> None:
    batches = [[record(), record(channel="?"), record()] for _ in range(20)]
    answers = await asyncio.gather(*(ingest.send(*batch) for batch in batches))
    for batch, receipts in zip(batches, answers, strict=True):
        assert [receipt["index"] for receipt in receipts] == [0, 1, 2]
        assert [receipt["id"] for receipt in receipts] == [one["id"] for one in batch]
        assert [receipt["status"] for receipt in receipts] == ["accepted", "quarantined", "accepted"]


async def test_the_same_record_in_concurrent_requests_is_stored_once(ingest: Running) -> None:
    sent = record()
    answers = await asyncio.gather(*(post(ingest, sent) for _ in range(20)))
    statuses = [body["status"] for _, body in answers]
    assert sorted(statuses) == ["accepted"] + ["duplicate"] * 19
    assert len(await ingest.events("records.accepted")) == 1


async def test_one_failing_request_does_not_fail_the_others(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = record()
    store = acceptance.store_records

    async def fail_on_poison(
        tx: AsyncConnection, vault: Any, indexer: Any, accepted: Sequence[Any], *rest: Any
    ) -> None:
        if any(one.draft.record_id == poison["id"] for one in accepted):
            raise ArithmeticError("a bug that only this record meets")
        await store(tx, vault, indexer, accepted, *rest)

    monkeypatch.setattr(acceptance, "store_records", fail_on_poison)
    good = [record() for _ in range(10)]
    answers = await asyncio.gather(*(post(ingest, one) for one in [*good, poison]))
    assert [status for status, _ in answers] == [202] * 10 + [500]
    assert {await ingest.status_of(one["id"]) for one in good} == {"accepted"}
    assert (await ingest.client.get(f"/v1/records/{poison['id']}")).status_code == 404


async def test_a_database_that_does_not_answer_is_503_and_nothing_is_lost_by_trying_again(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = record()

    async def busy(*_: object) -> None:
        raise sa.exc.TimeoutError("no connection")

    with monkeypatch.context() as broken:
        broken.setattr(acceptance, "store_records", busy)
        assert (await post(ingest, sent))[0] == 503
    assert (await post(ingest, sent))[1]["status"] == "accepted"


async def test_what_was_accepted_is_there_after_a_restart(tmp_path: Path) -> None:
    sent = record()
    async with running_ingest(tmp_path) as ingest:
        (first,) = await ingest.accept(sent)
    async with running_ingest(tmp_path, view=False) as ingest:
        (again,) = await ingest.send(sent)
        assert (again["status"], again["subject_id"]) == ("duplicate", first["subject_id"])
        answer = await ingest.reveal(ingest.grant(first["subject_id"], "phone"))
        assert answer.json() == {"fields": {"phone": "+84912345678"}}


async def test_a_thousand_records_of_many_people_at_once(ingest: Running) -> None:
    sent = [
        record(subject=about(phone=f"09{number:08d}", anonymous_id=new_id()))
        for number in range(10**7, 10**7 + 1000)
    ]
    receipts = await ingest.accept(*sent)
    assert len({receipt["subject_id"] for receipt in receipts}) == 1000
    assert len(await ingest.events("subjects.changed")) == 1000


async def test_stopping_never_waits_for_a_job_that_waits_for_the_database(tmp_path: Path) -> None:
    async with asyncio.timeout(30), running_ingest(tmp_path) as ingest:
        waiting = asyncio.create_task(post(ingest, record()))
        await asyncio.sleep(0.05)  # the request is on its way before the client is closed
        await ingest.app.state.chassis.database.pause(patience=0)
    status, _ = await waiting
    assert status in (202, 503)
