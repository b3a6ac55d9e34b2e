"""Carrying erasures out in every slice, and saying so once the topics have passed the ends that they had."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.privacy import Destroyed, ErasureConfirmed
from kernel.ids import new_id
from kernel.log.port import Log
from kernel.store.consumer import Consumer
from kernel.store.engine import Database
from kernel.store.outbox import publish
from kernel.store.tables import StoreTables
from services.verify.campaigns.repository import forget as forget_lines
from services.verify.challenges.repository import forget_people
from services.verify.collectors.repository import forget as forget_records
from services.verify.erasures import repository
from services.verify.evidence.repository import forget as forget_evidence
from services.verify.holders.repository import forget as forget_consents

LOOK_EVERY_S: Final = 0.5
_SLICES: Final = (forget_people, forget_evidence, forget_consents, forget_records, forget_lines)
Place = tuple[str, int]


async def begin_erasure(tx: AsyncConnection, request_id: str, origins: Sequence[str], at: datetime) -> None:
    """Mark `origins` as erased and delete what is kept about them. Safe to repeat."""
    await repository.mark_erased(tx, origins, at)
    await repository.open_erasure(tx, request_id, origins, at)
    await repository.note_destroyed(tx, request_id, await _forget(tx, origins))


async def _forget(tx: AsyncConnection, origins: Sequence[str]) -> int:
    gone = await repository.forget_letters(tx, origins)
    for part in _SLICES:
        gone += await part(tx, origins)
    return gone


@dataclass(slots=True)
class Erasures:
    """Confirms erasures. `run` until cancelled."""

    database: Database
    store: StoreTables
    log: Log
    consumers: Sequence[Consumer]
    clock: Callable[[], datetime]
    _ends: dict[str, dict[Place, int]] = field(default_factory=dict)
    """By request: the ends of all topics when it was first seen here. A restart takes later ends, which is safe."""

    async def run(self) -> None:
        """Look for open erasures for ever."""
        while True:
            async with self.database.snapshot() as connection:
                waiting = await repository.open_erasures(connection)
            for row in waiting:
                await self.step(row.request_id, row.origins)
            await asyncio.sleep(LOOK_EVERY_S)

    async def step(self, request_id: str, origins: Sequence[str]) -> bool:
        """Confirm one erasure if every consumer has passed the ends that its topics had; whether it did.

        A batch or a door that was under way when the person was marked may still have written: what it left is
        deleted now, and nothing of the person comes after it.
        """
        if not await self._passed(request_id):
            return False
        async with self.database.transaction() as tx:
            rows = await repository.note_destroyed(tx, request_id, await _forget(tx, origins))
            now = self.clock()
            if await repository.confirm_erasure(tx, request_id, now):
                await publish(tx, self.store, [_confirmation(request_id, rows, now)])
        self._ends.pop(request_id, None)
        return True

    async def _passed(self, request_id: str) -> bool:
        topics = {handler.topic for consumer in self.consumers for handler in consumer.handlers}
        if request_id not in self._ends:
            self._ends[request_id] = await self.log.ends(sorted(topics))
        for (topic, partition), end in self._ends[request_id].items():
            for consumer in self.consumers:
                reads = topic in {handler.topic for handler in consumer.handlers}
                if reads and (await consumer.position_of(topic, partition) or 0) < end:
                    return False
        return True


def _confirmation(request_id: str, rows: int, now: datetime) -> ErasureConfirmed:
    return ErasureConfirmed(
        id=new_id(),
        version=ErasureConfirmed.VERSION,
        subject=None,
        occurred_at=now,
        recorded_at=now,
        request_id=request_id,
        service="verify",
        destroyed=(Destroyed("database", "verifications, evidence and traces of collection", rows, now),),
    )
