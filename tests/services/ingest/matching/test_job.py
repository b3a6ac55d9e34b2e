"""People who may be one are suggested by a job in a process of its own; nobody is merged by it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kernel.contracts.privacy import ErasureRequested
from kernel.ids import new_id
from services.ingest.identity.tables import subject
from services.ingest.matching import service
from services.ingest.matching.tables import identity_job
from services.ingest.merges.domain import Pair
from services.ingest.merges.service import suggest
from services.ingest.merges.tables import suggestion
from tests.happened import decided, envelope
from tests.privacy.canaries import leaks
from tests.running import until
from tests.services.ingest.harness import PURPOSES, Running, ago, running_ingest
from tests.services.ingest.matching.planted import TWICE, job_of, pairs_in, plant, suggested


@pytest.fixture
async def everywhere(tmp_path: Path, urls: dict[str, str]) -> AsyncIterator[Running]:
    """A running ingest on both engines."""
    async with running_ingest(tmp_path, **urls) as running:
        yield running


async def settle(ingest: Running, item: dict[str, Any], how: str) -> None:
    path = f"/v1/identity/suggestions/{item['id']}/{how}"
    answer = await ingest.client.post(path, headers=ingest.as_service())
    assert answer.status_code == 200, answer.text


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.engines
async def test_who_came_twice_is_suggested_strangers_are_not_and_what_was_settled_stays_settled(
    everywhere: Running, tmp_path: Path
) -> None:
    ingest = everywhere
    twice = await plant(ingest)
    job = await job_of(ingest)
    assert (job["state"], job["people"], job["suggestions"]) == ("done", 10, 3)
    assert (job["progress"], job["threshold_basis"], job["reason"]) == (1.0, "default", None)
    items = {(item["a"], item["b"]): item for item in await suggested(ingest)}
    assert items.keys() == set(twice.values())
    assert all(item["probability"] >= job["threshold"] for item in items.values())
    degrees = {one["field"]: one["level"] for one in items[twice["hanh"]]["evidence"]}
    assert (degrees["given_name"], degrees["date_of_birth"], degrees["phone"]) == (
        "same",
        "same",
        "different",
    )
    assert not leaks(str(items).encode())
    async with ingest.app.state.chassis.database.snapshot() as connection:
        assert await connection.scalar(sa.select(sa.func.count(subject.c.family))) == 0  # nobody was merged
    await settle(ingest, items[twice["hanh"]], "reject")
    await settle(ingest, items[twice["lan"]], "accept")
    assert (await job_of(ingest))["suggestions"] == 1
    assert pairs_in(await suggested(ingest)) == {twice["cuong"]}
    assert pairs_in(await suggested(ingest, "rejected")) == {twice["hanh"]}
    assert leaks(TWICE["hanh"][0][0].encode()) == ["name"]  # the reader finds it where it is
    assert [path.name for path in files_below(tmp_path) if leaks(path.read_bytes())] == []


async def test_who_withdrew_everything_or_was_erased_never_enters(ingest: Running) -> None:
    twice = await plant(ingest)
    withdrawn = dict.fromkeys(PURPOSES, decided(ago(days=2), ago()))
    await ingest.change_consent(twice["hanh"][0], 1, **withdrawn)
    await ingest.change_consent(twice["lan"][1], 1, restricted=True)
    async with ingest.app.state.chassis.database.transaction() as tx:
        gone = sa.update(subject).where(subject.c.id == twice["cuong"][1])
        await tx.execute(gone.values(erased_at=1))
    job = await job_of(ingest)
    assert (job["state"], job["people"], job["suggestions"]) == ("done", 7, 0)


async def test_an_erasure_reaches_suggestions(ingest: Running) -> None:
    twice = await plant(ingest)
    async with ingest.app.state.chassis.database.transaction() as tx:
        await suggest(tx, [Pair(a, b, 0.9, ()) for a, b in twice.values()])
    one = twice["hanh"][1]
    request = {**envelope(), "subject": one}
    await ingest.hear(ErasureRequested(**request, request_id=new_id(), origins=(one,)))

    async def forgotten() -> bool:
        async with ingest.app.state.chassis.database.snapshot() as connection:
            rows = await connection.execute(sa.select(suggestion.c.a, suggestion.c.b))
            return {(a, b) for a, b in rows} == {twice["cuong"], twice["lan"]}

    await until(forgotten)


async def test_a_child_that_is_killed_is_a_failed_job_with_a_reason_and_the_next_one_succeeds(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = asyncio.create_subprocess_exec

    async def doomed(*command: str, **options: Any) -> Any:
        child = await started(*command, **options)
        child.send_signal(signal.SIGKILL)
        return child

    with monkeypatch.context() as patch:
        patch.setattr(asyncio, "create_subprocess_exec", doomed)
        job = await job_of(ingest)
    assert (job["state"], job["suggestions"]) == ("failed", None)
    assert "ended early" in job["reason"]
    assert job["ended_at"]
    assert (await job_of(ingest))["state"] == "done"


async def test_one_job_waits_at_most_and_one_that_was_left_behind_begins_anew(ingest: Running) -> None:
    left, now = new_id(), service.moments.now()
    row = {"id": left, "state": "running", "stage": "comparing", "progress": 0.6, "client_id": "before"}
    async with ingest.app.state.chassis.database.transaction() as tx:
        await tx.execute(sa.insert(identity_job).values(**row, created_at=now, beat_at=now))
    answers = [await ingest.client.post("/v1/identity/jobs", headers=ingest.as_service()) for _ in range(2)]
    (key,) = {answer.json()["id"] for answer in answers}
    await asyncio.sleep(2 * service.IDLE_S)
    assert await state_of(ingest, key) == "queued"  # another process is at work
    async with ingest.app.state.chassis.database.transaction() as tx:
        silent = now - round(2 * service.SILENT_S * 1_000_000)
        await tx.execute(sa.update(identity_job).where(identity_job.c.id == left).values(beat_at=silent))

    async def both_done() -> bool:
        return [await state_of(ingest, one) for one in (left, key)] == ["done", "done"]

    await until(both_done)


async def state_of(ingest: Running, key: str) -> str:
    answer = await ingest.client.get(f"/v1/identity/jobs/{key}", headers=ingest.as_service())
    return str(answer.json()["state"])


async def test_who_may_not_is_refused_and_what_is_unknown_is_said_so(ingest: Running) -> None:
    collector = ingest.as_caller("shop", "collector", "collect:write")
    assert (await ingest.client.post("/v1/identity/jobs", headers=collector)).status_code == 403
    for key in ("x", new_id()):
        answer = await ingest.client.get(f"/v1/identity/jobs/{key}", headers=ingest.as_service())
        assert answer.status_code == 404
