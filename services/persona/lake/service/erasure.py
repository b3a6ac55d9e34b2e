"""Erasing people: at once from the database, from the lake when nothing of them can still arrive, then confirmed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.privacy import Destroyed, ErasureConfirmed
from kernel.ids import new_id
from kernel.log.port import Log
from kernel.store.consumer import Consumer
from kernel.store.engine import Database
from kernel.store.outbox import publish
from services.persona.lake.repository import people as repository
from services.persona.lake.repository.delta import FactLake, Place
from services.persona.tables import store

Forget = Callable[[AsyncConnection, Sequence[str]], Awaitable[dict[str, int]]]
"""Delete what a slice holds of these origins; how many rows, by what they were."""

LOOK_EVERY_S = 0.5


async def begin_erasure(
    tx: AsyncConnection, request_id: str, origins: Sequence[str], at: datetime, forget: Sequence[Forget]
) -> None:
    """Mark `origins` as erased and delete them from the database; the lake follows by itself. Safe to repeat."""
    await repository.mark_erased(tx, origins, at)
    await repository.open_erasure(tx, request_id, origins, at)
    await _forget(tx, request_id, origins, forget)


async def _forget(
    tx: AsyncConnection, request_id: str, origins: Sequence[str], forget: Sequence[Forget]
) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in (repository.forget, *forget):
        counts |= await part(tx, origins)
    return await repository.note_destroyed(tx, request_id, counts)


@dataclass(slots=True)
class Erasures:
    """Carries erasures out. `run` until cancelled."""

    database: Database
    log: Log
    lake: FactLake
    consumer: Consumer
    lake_topics: tuple[str, ...]
    forget: Sequence[Forget]
    _ends: dict[str, dict[Place, int]] = field(default_factory=dict)
    """By request: the ends of all topics when it was first seen here. A restart takes later ends, which is safe."""

    async def run(self) -> None:
        """Look for open erasures for ever."""
        while True:
            async with self.database.snapshot() as connection:
                waiting = await repository.open_erasures(connection)
            for row in waiting:
                await self.step(row)
            await asyncio.sleep(LOOK_EVERY_S)

    async def step(self, row: sa.Row[Any]) -> bool:
        """Confirm one erasure if the topics have passed the ends they had; returns whether it did.

        A batch that was in flight when the person was marked may still have brought facts: they are deleted after
        the ends have passed, and nothing of the person comes after those.
        """
        if not await self._passed(row.request_id):
            return False
        facts = await asyncio.to_thread(self.lake.delete_people, row.origins)
        async with self.database.transaction() as tx:
            destroyed = await _forget(tx, row.request_id, row.origins, [*self.forget, _counted(facts)])
            now = datetime.now(UTC)
            if await repository.confirm_erasure(tx, row.request_id, now):
                await publish(tx, store, [_confirmation(row.request_id, destroyed, now)])
        self._ends.pop(row.request_id, None)
        return True

    async def _passed(self, request_id: str) -> bool:
        topics = [handler.topic for handler in self.consumer.handlers]
        if request_id not in self._ends:
            self._ends[request_id] = await self.log.ends([*self.lake_topics, *topics])
        for place, end in self._ends[request_id].items():
            if place[0] in self.lake_topics:
                position = await asyncio.to_thread(self.lake.position, place)
            else:
                position = await self.consumer.position_of(*place)
            if (position or 0) < end:
                return False
        return True


def _counted(facts: int) -> Forget:
    async def count(tx: AsyncConnection, origins: Sequence[str]) -> dict[str, int]:
        return {"facts": facts}

    return count


def _confirmation(request_id: str, destroyed: dict[str, int], now: datetime) -> ErasureConfirmed:
    return ErasureConfirmed(
        id=new_id(),
        version=ErasureConfirmed.VERSION,
        subject=None,
        occurred_at=now,
        recorded_at=now,
        request_id=request_id,
        service="persona",
        destroyed=tuple(
            Destroyed("lake" if what == "facts" else "database", what, n, now)
            for what, n in destroyed.items()
        ),
    )
