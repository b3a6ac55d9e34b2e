"""Quarantined records judged again by themselves when news came."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.engine import Database
from services.ingest.identity.service import indexes_of
from services.ingest.quarantine import service as quarantine
from services.ingest.quarantine.service import Taken
from services.ingest.records.acceptance import Acceptance
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

    async def person_changed(self, tx: AsyncConnection, subjects: Sequence[str]) -> None:
        """In `tx` these subjects came to be read as somebody else: other consents may count for what waits for them."""
        if await quarantine.anything_waits(tx):
            await quarantine.wake_by_indexes(tx, await indexes_of(tx, subjects))
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
            acceptance = acceptance_of(self.intake, items)
            await acceptance.run(tx)
        await self.intake.finish(acceptance)
        return len(items)


def acceptance_of(intake: Intake, items: Sequence[Taken]) -> Acceptance:
    """Items taken from the quarantine, on their way in again."""
    drafts = [draft for item in items for draft in intake.draft([item.clear], item.source)]
    return Acceptance(intake.rooms, drafts, [item.id for item in items])
