"""Trainings and re-analyses in the background: one at a time, with progress, taken up again after a crash."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from kernel.ids import new_id
from kernel.store.engine import Database
from services.social.analysis.service import Readers, ReadersLost
from services.social.mentions.repository import reviews
from services.social.models import repository, service
from services.social.models.domain.trial import is_night
from services.social.models.shelf import Shelf
from services.social.models.training import retrain
from services.social.training.fitting import TooFewExamples

IDLE_S = 5.0
BUSY_S = 0.1
A_TURN = 1_000
"""Mentions that wait at once for a re-analysis: what is new is never far behind them."""
STALE_MS = 3_600_000


@dataclass(slots=True)
class Workshop:
    """Trains models in a child process of its own, and has mentions analysed anew. `wake_backlog`: there is work."""

    database: Database
    shelf: Shelf
    wake_backlog: Callable[[], None]
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Say that there is a job."""
        self._news.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            self._news.clear()
            await self._mind_night()
            if not (await self.train_one() or await self.reanalyse_some()):
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_S):
                        await self._news.wait()

    async def train_one(self) -> bool:
        """Do a training that waits; False where none does."""
        job = await self._claimed(repository.TRAIN)
        if job is None:
            return False
        async with self.database.snapshot() as view:
            learn, held = await service.lessons(view)
            active = await repository.select_active(view)
            before = await repository.select_file(view, active) if active else self.shelf.given_file()
        model_id = new_id()
        name = f"company-{model_id[:8]}-{model_id[-4:]}"
        child = Readers(1)
        try:
            made = await child.run(retrain, name, learn, held, before)
        except (TooFewExamples, ReadersLost) as error:
            structlog.get_logger().error("training failed", error=type(error).__name__)
            await self._change(job, state=repository.FAILED, trouble=type(error).__name__)
            return True
        finally:
            await child.close()  # what training needs is a hundred times what reading does
        model = {"model_id": model_id, "name": name, "examples": len(learn), "file": made.file}
        async with self.database.transaction() as tx:
            figures = {"before": made.before, "after": made.after}
            await service.keep(tx, job.job_id, model, figures, made.lost, _now_ms())
        self.shelf.look()
        return True

    async def reanalyse_some(self) -> bool:
        """Go on with a re-analysis: a turn begins when the one before is analysed. False where there is none."""
        async with self.database.snapshot() as view:
            job = await repository.select_open(view, repository.REANALYSE)
            waits = job is not None and await reviews.has_pending(view)
        if job is None:
            return False
        if waits:
            self.wake_backlog()
            await asyncio.sleep(BUSY_S)
            return True
        self.shelf.look()
        async with self.database.transaction() as tx:
            job = await repository.select_open(tx, repository.REANALYSE, lock=True)
            if job is None:
                return True
            ids = await reviews.select_ids(tx, job.cursor, A_TURN)
            await reviews.read_again(tx, ids)
            state = repository.RUNNING if ids else repository.DONE
            done = {"state": state, "done": job.done + len(ids), "touched_ms": _now_ms()}
            await repository.change_job(tx, job.job_id, **done, cursor=ids[-1] if ids else job.cursor)
        self.wake_backlog()
        return True

    async def _mind_night(self) -> None:
        async with self.database.snapshot() as view:
            last = await repository.last_training(view)
            fresh = await reviews.count_corrected(view, last)
            open_job = await repository.select_open(view, repository.TRAIN)
        now_ms = _now_ms()
        if open_job is None and is_night(now_ms, last, fresh):
            async with self.database.transaction() as tx:
                await service.ask_for(tx, repository.TRAIN, now_ms)

    async def _claimed(self, kind: str) -> Any:
        now_ms = _now_ms()
        async with self.database.snapshot() as view:
            if await repository.select_open(view, kind) is None:
                return None
        async with self.database.transaction() as tx:
            return await repository.claim_job(tx, kind, now_ms, now_ms - STALE_MS)

    async def _change(self, job: Any, **values: Any) -> None:
        async with self.database.transaction() as tx:
            await repository.change_job(tx, job.job_id, touched_ms=_now_ms(), **values)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
