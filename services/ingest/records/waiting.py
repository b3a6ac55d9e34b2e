"""Quarantined records judged again: by themselves when news came, or when an operator releases one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.engine import Database, uninterrupted
from services.ingest.quarantine import service as quarantine
from services.ingest.quarantine.service import Taken
from services.ingest.records.acceptance import Acceptance
from services.ingest.records.domain.receipts import Receipt
from services.ingest.records.intake import Intake

GROUP = 200
POLL_S = 0.25
"""News of this process wakes at its commit; news that another process took is found by this."""


@dataclass(slots=True)
class WaitingRoom:
    """Watches over the quarantine."""

    database: Database
    intake: Intake
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _announced: bool = False

    def __post_init__(self) -> None:
        self.database.on_commit(self._wake)

    def announce(self) -> None:
        """The open transaction brings something that records may wait for: judge again once it has committed."""
        self._announced = True

    async def source_came(self, tx: AsyncConnection) -> None:
        """A source was registered in `tx`: what waits for one is judged again."""
        await quarantine.wake_sources(tx)
        self.announce()

    async def plan_changed(self, tx: AsyncConnection, source: str, kind: str) -> None:
        """A source's plan was published in `tx`: what broke the one before is judged again."""
        await quarantine.wake_plan(tx, source, kind)
        self.announce()

    def _wake(self) -> None:
        if self._announced:
            self._announced = False
            self.intake.rooms.view.forget()
            self._news.set()

    async def run(self) -> None:
        """Judge again whatever became due, until cancelled."""
        while True:
            judged = await self.judge_due()
            if judged < GROUP:
                await self._rest()

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), POLL_S)
        except TimeoutError:
            return
        self._news.clear()

    async def judge_due(self) -> int:
        """Judge the items that are due, up to GROUP of them; returns their number."""
        rooms = self.intake.rooms
        async with self.database.snapshot() as connection:
            fresh = await rooms.view.is_fresh(connection)
            if not await quarantine.anything_due(connection, view_is_fresh=fresh):
                return 0
        async with self.database.transaction() as tx:
            items = await quarantine.take_due(tx, rooms.vault, GROUP, view_is_fresh=fresh)
            acceptance = self._acceptance(items)
            await acceptance.run(tx)
        await self.intake.finish(acceptance)
        return len(items)

    async def release(self, item: str, corrected: bytes | None) -> Receipt:
        """Judge an item again now, or its corrected record in its place.

        The receipt says what became of it: still bad, it waits on (with the record as it was first received).
        Raises NotFound where there is no such item, QuarantineLeft where it has left.
        """
        return await uninterrupted(self._release(item, corrected))

    async def _release(self, item: str, corrected: bytes | None) -> Receipt:
        async with self.database.transaction() as tx:
            taken = await quarantine.take(tx, self.intake.rooms.vault, item)
            acceptance = self._acceptance([taken._replace(clear=corrected) if corrected else taken])
            acceptance.corrects = corrected is not None
            receipt = (await acceptance.run(tx))[0]
        await self.intake.finish(acceptance)
        return receipt

    def _acceptance(self, items: Sequence[Taken]) -> Acceptance:
        drafts = [draft for item in items for draft in self.intake.draft([item.clear], item.source)]
        return Acceptance(self.intake.rooms, drafts, [item.id for item in items])
