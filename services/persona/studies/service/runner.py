"""Working runs off: each in a child process that gets a folder and no database; what it finds is published here."""

import asyncio
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ids import new_id
from kernel.log.port import Log
from kernel.store.engine import Database
from kernel.store.outbox import publish
from kernel.telemetry.traces import Kind, entering
from services.persona.cards import service as cards
from services.persona.lake import service as lake
from services.persona.lake.repository.delta import FactLake
from services.persona.settings import PersonaSettings
from services.persona.studies import job as folder_of
from services.persona.studies import repository
from services.persona.studies.domain.study import Study
from services.persona.studies.service.children import Children
from services.persona.studies.service.folder import job_of, resumed, write_job
from services.persona.studies.service.studies import find_study
from services.persona.tables import store

LEASE_S = 10.0
"""How long a run of a killed process waits before it is taken up again."""
POLL_S = 0.2
IDLE_S = 1.0
ATTEMPTS = 3
CHUNK = 20_000
"""Assignments stored in one transaction, so that other writers wait little."""


class RunFailed(Exception):
    """The child ended without a result."""


@dataclass(slots=True)
class Runner:
    """Works queued runs off, one at a time. `run` until cancelled, then `close`."""

    database: Database
    log: Log
    lake: FactLake
    lake_topics: tuple[str, ...]
    settings: PersonaSettings
    clock: Callable[[], datetime]
    children: Children = field(default_factory=Children)
    _holder: str = field(default_factory=new_id)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _interrupted: str = ""

    def wake(self) -> None:
        """There is a new run."""
        self._wake.set()

    async def run(self) -> None:
        """Take runs up for ever."""
        while True:
            self._wake.clear()
            if not await self.step():
                with suppress(TimeoutError):  # not wait_for, which may swallow a cancellation
                    async with asyncio.timeout(IDLE_S):
                        await self._wake.wait()

    async def close(self) -> None:
        """Let the spare child go, and queue a run again that the stop interrupted."""
        await self.children.close()
        if self._interrupted:
            async with self.database.transaction() as tx:
                await repository.release(tx, self._interrupted, self._holder)

    async def step(self) -> bool:
        """Work one run off to its end; False where none waits."""
        async with self.database.snapshot() as connection:
            if not await repository.any_run_waits(connection, time.time()):
                return False
        async with self.database.transaction() as tx:
            row = await repository.claim_run(tx, self._holder, time.time(), LEASE_S)
        if row is None:
            return False
        folder = self.settings.data_dir / "runs" / row.id
        try:
            with entering("persona", None, "run study", Kind.INTERNAL):
                await self._work(row.id, row.study_id, folder)
        except asyncio.CancelledError:
            self._interrupted = row.id
            raise
        except (RunFailed, OSError) as error:
            await self._failed(row.id, row.attempts + 1, error)
            if row.attempts == 0:
                return True  # the next attempt goes on where this one was cut off
        shutil.rmtree(folder, ignore_errors=True)  # it lists people
        return True

    async def _work(self, run_id: str, study_id: str, folder: Path) -> None:
        async with self.database.snapshot() as connection:
            study = await find_study(connection, study_id)
            people = await lake.snapshot(connection)
            standing = await cards.published_run(connection, study_id)
            before = await cards.members_of(connection, standing) if standing else []
            names = await cards.names_of(connection, study_id)
        state = await lake.lake_state(self.log, self.lake, self.lake_topics)
        if not state.files and self.lake.is_local:
            return await self._refuse(run_id, "no-facts", "The lake holds no facts yet.")
        job = resumed(folder, job_of(run_id, study_id, study, state, self.settings, now=self.clock()))
        await asyncio.to_thread(write_job, folder, _with_names(job, names), people, before)
        result = await self._child(run_id, folder)
        if result.state == "refused":
            await self._end(run_id, "refused", {"quality": result.quality, "reasons": result.reasons})
        else:
            await self._publish(run_id, study_id, study, folder, result)
            await self._drop(standing)
        return None

    async def _child(self, run_id: str, folder: Path) -> folder_of.Result:
        """Run the child, telling how far it is. Raises RunFailed where it ends without a result or takes too long."""
        child = await self.children.take(folder)
        deadline, told, renewed = time.monotonic() + self.settings.run_timeout_s, None, 0.0
        try:
            while child.returncode is None:
                if time.monotonic() > deadline:
                    raise RunFailed("run-too-long")
                progress = folder_of.read_progress(folder)
                if progress != told or time.monotonic() > renewed + LEASE_S / 4:
                    told, renewed = progress, time.monotonic()
                    await self._renew(run_id, progress)
                await _ended(child)
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        result = folder_of.read_result(folder) if child.returncode == 0 else None
        if result is None:
            raise RunFailed(_last_error(folder))
        return result

    async def _renew(self, run_id: str, progress: folder_of.Progress) -> None:
        async with self.database.transaction() as tx:
            told = (progress.progress, progress.stage)
            if not await repository.renew(tx, run_id, self._holder, time.time() + LEASE_S, told):
                raise RunFailed("held-by-another")

    async def _publish(
        self, run_id: str, study_id: str, study: Study, folder: Path, result: folder_of.Result
    ) -> None:
        columns = await asyncio.to_thread(_read_assignments, folder)
        for start in range(0, len(columns["person"]), CHUNK):
            part = {name: cells[start : start + CHUNK] for name, cells in columns.items()}
            async with self.database.transaction() as tx:
                await cards.save_assignments(tx, run_id, await _without_erased(tx, part))
        async with self.database.transaction() as tx:
            now = self.clock()
            quotes = await _quotes_left(tx, result.quotes)
            portraits = cards.Portraits(study_id, run_id, result.personas, quotes)
            ids = [persona["id"] for persona in result.personas]
            values = {
                "state": "done",
                "progress": 1.0,
                "stage": "done",
                "quality": result.quality,
                "personas": ids,
            }
            if not await repository.finish(tx, run_id, self._holder, {**values, "finished_at": now}):
                raise RunFailed("held-by-another")
            await publish(tx, store, await cards.publish(tx, portraits, now))

    async def _drop(self, standing: str | None) -> None:
        """Delete the assignments that no longer stand, little by little."""
        left = CHUNK
        while standing and left == CHUNK:
            async with self.database.transaction() as tx:
                left = await cards.drop_members(tx, standing, CHUNK)

    async def _refuse(self, run_id: str, code: str, detail: str) -> None:
        await self._end(run_id, "refused", {"reasons": [{"code": code, "detail": detail}]})

    async def _failed(self, run_id: str, attempts: int, error: Exception) -> None:
        """Try again, or give up after ATTEMPTS. The child's own words stay in its folder: they may quote data."""
        structlog.get_logger().warning("run failed", run=run_id, attempt=attempts, error=str(error)[:80])
        if attempts < ATTEMPTS:
            async with self.database.transaction() as tx:
                await repository.release(tx, run_id, self._holder)
        else:
            reason = {"code": "run-failed", "detail": f"The run ended without a result {attempts} times."}
            await self._end(run_id, "failed", {"reasons": [reason]})

    async def _end(self, run_id: str, state: str, values: Mapping[str, Any]) -> None:
        async with self.database.transaction() as tx:
            ended = {"state": state, "progress": 1.0, "stage": state, "finished_at": self.clock()}
            await repository.finish(tx, run_id, self._holder, {**ended, **values})


def _with_names(job: folder_of.Job, names: dict[str, str]) -> folder_of.Job:
    import msgspec

    return msgspec.structs.replace(job, before=names)


async def _ended(child: asyncio.subprocess.Process) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(POLL_S):
            await child.wait()


def _last_error(folder: Path) -> str:
    """The kind of the child's last error, without its message."""
    path = folder / folder_of.ERRORS
    lines = path.read_text(errors="replace").strip().splitlines() if path.exists() else []
    return lines[-1].partition(":")[0] if lines else "no result"


def _read_assignments(folder: Path) -> dict[str, list[Any]]:
    import pyarrow.parquet as pq

    found: dict[str, list[Any]] = pq.read_table(folder / folder_of.ASSIGNMENTS).to_pydict()
    return found


async def _without_erased(tx: AsyncConnection, part: dict[str, list[Any]]) -> dict[str, list[Any]]:
    erased = await lake.erased_among(tx, part["person"])
    if not erased:
        return part
    kept = [index for index, person in enumerate(part["person"]) if person not in erased]
    return {name: [cells[index] for index in kept] for name, cells in part.items()}


async def _quotes_left(
    tx: AsyncConnection, quotes: Mapping[str, Sequence[Mapping[str, str]]]
) -> dict[str, list[Mapping[str, str]]]:
    speakers = [quote["person"] for said in quotes.values() for quote in said]
    erased = await lake.erased_among(tx, speakers)
    return {
        persona: [quote for quote in said if quote["person"] not in erased]
        for persona, said in quotes.items()
    }
