"""Working imports off, one at a time: blocks come from the child, go in through the intake, and are counted with it."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Unavailable
from kernel.ids import new_id
from kernel.traffic import traffic
from services.ingest import moments
from services.ingest.imports import repository
from services.ingest.imports.domain.brought import Brought, encode
from services.ingest.imports.domain.work import Block, Broken, Found, Job
from services.ingest.imports.noting import attempts_of, kept_by, problems_of, stored_by
from services.ingest.imports.reading import ReadingFailed, reading
from services.ingest.imports.service import ImportDesk, Plan
from services.ingest.imports.undo import Undoing
from services.ingest.records.acceptance import Acceptance
from services.ingest.records.domain.receipts import Receipt
from services.ingest.records.domain.whom import SubjectReader
from services.ingest.records.intake import Intake

LEASE_S = 20.0
"""How long an import of a killed process waits before it is taken up again."""
IDLE_S = 1.0
AGAIN_S = 1.0
ATTEMPTS = 3
BREATH_S = 0.01
"""Left to requests after a group, where there are any."""
REMEMBERED = 1_000
"""Subjects of a file that are known at sight: orders of one customer mostly stand together."""


class NotOurs(Exception):
    """Another process holds the import, or it is to be undone: what was begun is rolled back."""


@dataclass(slots=True)
class ImportRunner:
    """Works queued imports off. `run` until cancelled."""

    desk: ImportDesk
    intake: Intake
    undoing: Undoing
    _reader: SubjectReader = field(init=False)
    """Of its own: a list of a million people would push out of memory who comes every day, and keep 90 MB there."""
    _holder: str = field(default_factory=new_id)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._reader = SubjectReader(self.intake.rooms.reader.indexer, REMEMBERED)

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    async def run(self) -> None:
        """Take imports up for ever. What a process that was killed left is swept first."""
        await self.sweep()
        while True:
            self._wake.clear()
            if not await self.step():
                with suppress(TimeoutError):  # not wait_for, which may swallow a cancellation
                    async with asyncio.timeout(IDLE_S):
                        await self._wake.wait()

    async def settled(self, key: str, *, patience: float = 2.0) -> Any:
        """The state of an import, once its undoing is done, or as it is after `patience` seconds."""
        deadline = time.monotonic() + patience
        while True:
            async with self.desk.database.snapshot() as connection:
                row = await repository.import_by_id(connection, key)
            if not row.undo or time.monotonic() > deadline:
                return row.state
            await asyncio.sleep(0.05)

    async def sweep(self) -> None:
        """Destroy files that no import needs: uploads that were cut off."""
        async with self.desk.database.snapshot() as connection:
            needed = await repository.open_ids(connection)
        for path in sorted(self.desk.folder.glob("*.sealed")):
            if path.stem not in needed and time.time() - path.stat().st_mtime > 3600:
                await self.desk.drop_file(path.stem)

    async def step(self) -> bool:
        """Work one import off, or undo it, to its end; False where none waits."""
        database = self.desk.database
        async with database.snapshot() as connection:
            if not await repository.anything_waits(connection, moments.now()):
                return False
        async with database.transaction() as tx:
            row = await repository.claim(tx, self._holder, moments.now(), repository.held_until(LEASE_S))
        if row is None:
            return False
        try:
            await self._work(row)
        except asyncio.CancelledError:
            await self._release(row.id)
            raise
        except NotOurs:
            await self._release(row.id)
        except (Unavailable, sa.exc.SQLAlchemyError, OSError, ReadingFailed) as error:
            await self._failed(row, error)
        return True

    async def _work(self, row: Any) -> None:
        if row.undo:
            await self.undoing.undo(row.id, partial(self._hold, row.id))
            await self.desk.drop_file(row.id)
            await self._end(row.id, repository.UNDONE, undo=True)
            return
        keys = await self.desk.vault.keys_for([row.id]) if self.desk.path_of(row.id).exists() else {}
        if row.id not in keys:
            await self._end(row.id, repository.FAILED, reason="The file is not there any more.")
            return
        plan = await self.desk.plan_of(row)
        job = Job(asked=plan.asked, base=plan.base, after=row.upto)
        async with reading(self.desk.order_of(row.id, keys[row.id], job)) as messages:
            async for message in messages:
                if isinstance(message, Broken):
                    await self._end(row.id, repository.FAILED, reason=f"{message.detail} ({message.code})")
                    return
                if isinstance(message, Found):
                    await self._hold(row.id, total=message.total)
                else:
                    await self._store(row, plan, message)
        await self._end(row.id, repository.DONE)

    async def _store(self, row: Any, plan: Plan, block: Block) -> None:
        note = partial(self._note, row.id, plan, block)
        if block.records:
            await self.intake.submit_with(block.records, row.source, note, self._reader)
        else:
            async with self.desk.database.transaction() as tx:
                await note(tx, None, [])
        if traffic().in_flight:  # requests come in between; whoever watches the import must not slow it down
            await asyncio.sleep(BREATH_S)

    async def _note(
        self,
        key: str,
        plan: Plan,
        block: Block,
        tx: AsyncConnection,
        acceptance: Acceptance | None,
        receipts: Sequence[Receipt],
    ) -> None:
        """In the records' own transaction: what they brought, and that they are done. Raises NotOurs."""
        counts = dict.fromkeys(repository.COUNTS, 0) | {"failed": block.failed}
        for receipt in receipts:
            counts[receipt.status] += 1
        until = repository.held_until(LEASE_S)
        if not await repository.advance(tx, key, self._holder, block.upto, counts, until):
            raise NotOurs
        brought = Brought(
            stored_by(acceptance, block.rows) if acceptance else [],
            kept_by(acceptance) if acceptance else [],
            attempts_of(acceptance) if acceptance else [],
            sorted(
                [*block.problems, *problems_of(receipts, block.rows, plan.fields)], key=lambda one: one.row
            ),
        )
        if brought.stored or brought.kept or brought.attempts or brought.problems:
            await repository.add_group(tx, key, block.upto, encode(brought))

    async def _hold(self, key: str, *, undo: bool = False, **values: Any) -> None:
        """Keep the import ours for a while longer. Raises NotOurs."""
        async with self.desk.database.transaction() as tx:
            held = {"held_until": repository.held_until(LEASE_S), **values}
            if not await repository.change(tx, key, self._holder, held, undo=undo):
                raise NotOurs

    async def _end(self, key: str, state: str, *, undo: bool = False, reason: str | None = None) -> None:
        values: Mapping[str, Any] = {
            "state": state,
            "finished_at": moments.now(),
            "reason": reason,
            "undo": False,
        }
        async with self.desk.database.transaction() as tx:
            if not await repository.change(tx, key, self._holder, values, undo=undo):
                raise NotOurs
        await self.desk.drop_file(key)

    async def _release(self, key: str) -> None:
        async with self.desk.database.transaction() as tx:
            await repository.release(tx, key, self._holder)

    async def _failed(self, row: Any, error: Exception) -> None:
        """Try again where it stands, or give up after ATTEMPTS without a single group stored."""
        structlog.get_logger().warning("import interrupted", id=row.id, error=type(error).__name__)
        await asyncio.sleep(AGAIN_S)
        if row.attempts + 1 < ATTEMPTS or isinstance(error, Unavailable) or row.undo:
            await self._release(row.id)
        else:
            await self._end(row.id, repository.FAILED, reason="The file could not be read to its end.")
