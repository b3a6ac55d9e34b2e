"""People who may be one are suggested by a job in a process of its own; nobody is merged by it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kernel.contracts.privacy import ErasureRequested
from kernel.ids import new_id
from services.ingest.identity.tables import subject
from services.ingest.matching import service
from services.ingest.matching.comparing import comparing
from services.ingest.matching.tables import identity_job
from services.ingest.merges.tables import suggestion
from tests.happened import decided, envelope
from tests.privacy.canaries import leaks
from tests.running import until
from tests.services.ingest.harness import Running, ago, running_ingest
from tests.services.ingest.matching.planted import TWICE, job_of, pairs_in, plant, suggested

pytestmark = pytest.mark.engines


@pytest.fixture
async def ingest(tmp_path: Path, urls: dict[str, str]) -> AsyncIterator[Running]:
    """A running ingest on both engines."""
    async with running_ingest(tmp_path, **urls) as running:
        yield running


async def settle(ingest: Running, item: dict[str, Any], how: str) -> None:
    answer = await ingest.client.post(
        f"/v1/identity/suggestions/{item['id']}/{how}", headers=ingest.as_service()
    )
    assert answer.status_code == 200, answer.text


async def test_who_came_twice_is_suggested_with_words_strangers_are_not_and_nobody_is_merged(
    ingest: Running,
) -> None:
    twice = await plant(ingest)
    job = await job_of(ingest)
    assert (job["state"], job["people"], job["suggestions"]) == ("done", 10, 3)
    assert (job["progress"], job["threshold_basis"], job["reason"]) == (1.0, "default", None)
    items = await suggested(ingest)
    assert pairs_in(items) == set(twice.values())
    assert all(item["probability"] >= job["threshold"] and item["found_by"] == "model" for item in items)
    by_pair = {(item["a"], item["b"]): item["evidence"] for item in items}
    degrees = {one["field"]: one["level"] for one in by_pair[twice["hanh"]]}
    assert (degrees["given_name"], degrees["date_of_birth"], degrees["phone"]) == (
        "same",
        "same",
        "different",
    )
    assert all(one["detail"] for evidence in by_pair.values() for one in evidence)
    assert not leaks(str(items).encode())
    async with ingest.app.state.chassis.database.snapshot() as connection:
        assert await connection.scalar(sa.select(sa.func.count(subject.c.family))) == 0


async def test_a_rejected_pair_does_not_come_back_and_an_accepted_one_is_one_person(ingest: Running) -> None:
    twice = await plant(ingest)
    await job_of(ingest)
    items = {(item["a"], item["b"]): item for item in await suggested(ingest)}
    await settle(ingest, items[twice["hanh"]], "reject")
    await settle(ingest, items[twice["lan"]], "accept")
    job = await job_of(ingest)
    assert (job["state"], job["suggestions"]) == ("done", 1)
    assert pairs_in(await suggested(ingest)) == {twice["cuong"]}
    assert pairs_in(await suggested(ingest, "rejected")) == {twice["hanh"]}


async def test_who_withdrew_everything_or_was_erased_never_enters(ingest: Running) -> None:
    twice = await plant(ingest)
    purposes = dict.fromkeys(
        ("service", "verification", "analytics", "profiling"), decided(ago(days=2), ago())
    )
    others = dict.fromkeys(("marketing", "research", "sharing", "legal"), decided(ago(days=2), ago()))
    await ingest.change_consent(twice["hanh"][0], 1, **purposes, **others)
    await ingest.change_consent(twice["lan"][1], 1, restricted=True)
    async with ingest.app.state.chassis.database.transaction() as tx:
        gone = sa.update(subject).where(subject.c.id == twice["cuong"][1])
        await tx.execute(gone.values(erased_at=1))
    job = await job_of(ingest)
    assert (job["state"], job["people"], job["suggestions"]) == ("done", 7, 0)


async def test_an_erasure_reaches_suggestions(ingest: Running) -> None:
    one, other = (await plant(ingest))["hanh"]
    await job_of(ingest)
    request = {**envelope(), "subject": one}
    await ingest.hear(ErasureRequested(**request, request_id=new_id(), origins=(one,)))

    async def forgotten() -> bool:
        async with ingest.app.state.chassis.database.snapshot() as connection:
            about = sa.or_(suggestion.c.a.in_((one, other)), suggestion.c.b.in_((one, other)))
            return not (await connection.execute(sa.select(suggestion.c.id).where(about))).all()

    await until(forgotten)
    assert len(await suggested(ingest)) == 2


async def test_a_child_that_is_killed_is_a_failed_job_with_a_reason_and_the_next_one_succeeds(
    ingest: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plant(ingest)
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
    await plant(ingest)
    left, stale = new_id(), round(service.SILENT_S * 2_000_000)
    async with ingest.app.state.chassis.database.transaction() as tx:
        now = service.moments.now()
        row = {"id": left, "state": "running", "stage": "comparing", "progress": 0.6, "client_id": "before"}
        await tx.execute(sa.insert(identity_job).values(**row, created_at=now, beat_at=now))
    first, second = [
        (await ingest.client.post("/v1/identity/jobs", headers=ingest.as_service())).json()["id"]
        for _ in range(2)
    ]
    assert first == second
    await asyncio.sleep(2 * service.IDLE_S)
    path = f"/v1/identity/jobs/{first}"
    job = (await ingest.client.get(path, headers=ingest.as_service())).json()
    assert job["state"] == "queued"  # another process is at work
    async with ingest.app.state.chassis.database.transaction() as tx:
        await tx.execute(sa.update(identity_job).where(identity_job.c.id == left).values(beat_at=now - stale))

    async def ended(key: str) -> bool:
        answer = await ingest.client.get(f"/v1/identity/jobs/{key}", headers=ingest.as_service())
        return bool(answer.json()["state"] == "done")

    for key in (left, first):
        await until(lambda key=key: ended(key))  # type: ignore[misc]


async def test_no_file_holds_what_was_compared(ingest: Running, tmp_path: Path) -> None:
    await plant(ingest)
    assert (await job_of(ingest))["suggestions"] == 3
    assert leaks(TWICE["hanh"][0][0].encode()) == ["name"]  # the reader finds it where it is
    for path in filter(Path.is_file, tmp_path.rglob("*")):
        assert not leaks(path.read_bytes()), path.name


async def test_who_may_not_is_refused_and_what_is_unknown_is_said_so(ingest: Running) -> None:
    collector = ingest.as_caller("shop", "collector", "collect:write")
    assert (await ingest.client.post("/v1/identity/jobs", headers=collector)).status_code == 403
    for key in ("x", new_id()):
        answer = await ingest.client.get(f"/v1/identity/jobs/{key}", headers=ingest.as_service())
        assert answer.status_code == 404


async def test_the_child_knows_no_database_no_key_and_holds_no_file_of_ours(
    ingest: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///secret-place.db")
    monkeypatch.setenv("KEK", "secret-key")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    async with comparing(1 << 30) as comparison:
        (child,) = [pid for pid in _children() if b"matching.child" in _read(pid, "cmdline")]
        assert not any(word in _read(child, "environ") for word in (b"secret", b"DATABASE_URL", b"DATA_DIR"))
        opened = {os.readlink(path) for path in Path(f"/proc/{child}/fd").iterdir()}
        assert not [name for name in opened if str(tmp_path) in name or name.endswith(".db")]
        await comparison.feed([])
        assert [message async for message in comparison.told()] == []


def _children() -> list[int]:
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _read(pid: int, name: str) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/{name}").read_bytes()
    return b""
