"""Use cases of matching: queue a job, and work jobs off, each in a child process."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import NotFound, Unavailable
from kernel.ids import new_id
from kernel.store.engine import Database
from kernel.traffic import give_way
from services.ingest import moments
from services.ingest.errors import KeyGone
from services.ingest.identity.service import every_family
from services.ingest.matching import repository
from services.ingest.matching.comparing import ComparingFailed, Comparison, comparing
from services.ingest.matching.domain import WORDS, columns_of, threshold_of
from services.ingest.merges.domain import Agreement, Pair
from services.ingest.merges.service import judged_pairs, keep_found
from services.ingest.records.service import FIRST_TELLING, count_telling, telling_page, willing_among
from services.ingest.vault.service import Vault

PAGE: Final = 200
BEAT_S: Final = 10.0
SILENT_S: Final = 60.0
"""A job of which nothing was heard for so long was left by a process that is gone: it begins anew."""
IDLE_S: Final = 1.0
READ: Final = 0.4
"""The progress at which everybody was read."""

_REASONS: Final = {
    ComparingFailed: "The comparing process ended early; most likely MATCHING_MEMORY is too little for so many people.",
    KeyGone: "A person was erased while their records were read; start another job.",
}


@dataclass(slots=True)
class Matching:
    """Works jobs off, one at a time. `run` until cancelled."""

    database: Database
    vault: Vault
    memory: int
    """Bytes that the child's tables may take."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def queue(self, client_id: str) -> str:
        """The id of the job that waits: a new one where none does."""
        async with self.database.transaction() as tx:
            key = await repository.waiting_job(tx)
            if key is None:
                key = new_id()
                await repository.add_job(tx, key, client_id)
        self._news.set()
        return key

    async def run(self) -> None:
        """Take jobs up for ever."""
        while True:
            self._news.clear()
            if not await self.work_one():
                with suppress(TimeoutError):  # not wait_for, which may swallow a cancellation
                    async with asyncio.timeout(IDLE_S):
                        await self._news.wait()

    async def work_one(self) -> bool:
        """Work one job off to its end; False where none waits, or one runs elsewhere."""
        since = moments.now() - round(SILENT_S * 1_000_000)
        async with self.database.snapshot() as connection:
            if not await repository.anything_queued(connection, since):
                return False
        async with self.database.transaction() as tx:
            key = await repository.take_queued(tx, since)
        if key is None:
            return False
        try:
            await self._try(key)
        except asyncio.CancelledError:
            await self._note(key, state="queued", stage="queued", progress=0.0)
            raise
        return True

    async def _try(self, key: str) -> None:
        try:
            await self._work(key)
        except* (ComparingFailed, KeyGone, Unavailable, sa.exc.SQLAlchemyError, OSError) as failed:
            await self._failed(key, failed)

    async def _failed(self, key: str, failed: BaseExceptionGroup[Exception]) -> None:
        first: BaseException = failed
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        name = type(first).__name__
        structlog.get_logger().warning("identity job failed", id=key, error=name)
        reason = _REASONS.get(type(first), f"The service's database could not be read ({name}).")
        await self._note(key, state="failed", reason=reason, ended_at=moments.now())

    async def _work(self, key: str) -> None:
        async with comparing(self.memory) as comparison, asyncio.TaskGroup() as group:
            beating = group.create_task(self._beat(key))
            feeding = group.create_task(self._feed(comparison, key))
            found = await self._listen(comparison, key)
            people = await feeding
            beating.cancel()
        async with self.database.transaction() as tx:
            judged = await judged_pairs(tx)
            threshold, basis = threshold_of([(same, told) for _, _, same, told in judged])
            count = await _keep(tx, [pair for pair in found if pair.probability >= threshold])
            await repository.change(
                tx, key, state="done", stage="done", progress=1.0, people=people, found=count,
                threshold=threshold, basis=basis, ended_at=moments.now(),
            )  # fmt: skip

    async def _feed(self, comparison: Comparison, key: str) -> int:
        """Give everybody's columns to the child, page by page; how many people they are."""
        people, number = set[str](), 0
        after: tuple[str, bytes] | None = FIRST_TELLING
        async with self.database.snapshot() as connection:
            total = await count_telling(connection)
        while after is not None:
            began = time.monotonic()
            async with self.database.snapshot() as connection:
                told, after = await telling_page(connection, self.vault, after, PAGE)
            people.update(subject for subject, _ in told)
            rows = [columns_of(str(number + n), subject, fields) for n, (subject, fields) in enumerate(told)]
            await give_way(time.monotonic() - began)
            if rows:
                await comparison.feed(rows)
            if (number // PAGE) % 50 == 0:
                await self._note(key, people=len(people), progress=min(READ, READ * number / max(total, 1)))
            number += len(rows)
        await comparison.feed([])
        await self._note(key, people=len(people), progress=READ)
        return len(people)

    async def _listen(self, comparison: Comparison, key: str) -> list[Pair]:
        """The pairs that the child tells; its stages are noted."""
        pairs: list[Pair] = []
        async for message in comparison.told():
            if "stage" in message:
                await self._note(key, **message)
            else:
                pairs.append(_pair(message))
        return pairs

    async def _beat(self, key: str) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            await self._note(key)

    async def _note(self, key: str, **values: Any) -> None:
        async with self.database.transaction() as tx:
            await repository.change(tx, key, **values)


async def _keep(tx: AsyncConnection, found: list[Pair]) -> int:
    """Keep what was found of people who are still there and still agree to something; how many suggestions."""
    may = await willing_among(tx, sorted({key for pair in found for key in (pair.a, pair.b)}))
    pairs = [pair for pair in found if pair.a in may and pair.b in may]
    return await keep_found(tx, pairs, await every_family(tx))


def _pair(message: dict[str, Any]) -> Pair:
    evidence = tuple(
        Agreement(name, level, WORDS[level], weight)
        for name, level, weight in message["evidence"]
        if level != "unknown"
    )
    return Pair(message["a"], message["b"], message["probability"], evidence)


async def find_job(tx: AsyncConnection, key: str) -> Any:
    """A job. Raises NotFound."""
    job = await repository.job_by_id(tx, key)
    if job is None:
        raise NotFound("There is no such job.")
    return job
