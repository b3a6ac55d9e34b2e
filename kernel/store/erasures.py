"""Erasing people from one service (DESIGN, law 6): from the database at once, from everything when nothing of them can
still arrive, then confirmed. Their ids are remembered for ever, so that no backlog and no rewind brings them back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.privacy import Destroyed, ErasureConfirmed, ErasureRequested
from kernel.ids import new_id
from kernel.log.port import Log
from kernel.store.bulk import insert_many
from kernel.store.consumer import Handler, Place
from kernel.store.engine import Database
from kernel.store.holdings import Holding, forget
from kernel.store.outbox import publish
from kernel.store.tables import StoreTables

Destroy = Callable[[Sequence[str]], Awaitable[Mapping[str, int]]]
"""Delete what is held of these origins outside the database; how much, by what it was. May be repeated."""

LOOK_EVERY_S = 0.5


class Reading(Protocol):
    """What is read, as far as it matters here."""

    @property
    def topic(self) -> str: ...


class Follower(Protocol):
    """Somebody who brings events into the service."""

    @property
    def handlers(self) -> Sequence[Reading]: ...

    async def position_of(self, topic: str, partition: int) -> int | None:
        """The next offset to apply, None where nothing was applied yet."""


async def nothing_outside(_: Sequence[str]) -> Mapping[str, int]:
    """The `Destroy` of a service that holds everything in its database."""
    return {}


@dataclass(slots=True)
class Erasures:
    """Carries the erasures of `service` out. `run` until cancelled."""

    service: str
    database: Database
    store: StoreTables
    log: Log
    followers: Sequence[Follower]
    holdings: Sequence[Holding]
    destroy: Destroy = nothing_outside
    _ends: dict[str, dict[Place, int]] = field(default_factory=dict)
    """By request: the ends of all topics when it was first seen here. A restart takes later ends, which is safe."""

    def handlers(self) -> list[Handler]:
        """The door that requests come through."""
        return [Handler("privacy.requested", "legal", self._hear, sees_erased=True)]

    async def _hear(self, tx: AsyncConnection, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, ErasureRequested):
                await self.begin(tx, event.request_id, event.origins, event.recorded_at)

    async def begin(self, tx: AsyncConnection, request_id: str, origins: Sequence[str], at: datetime) -> None:
        """Mark `origins` as erased and delete them from the database; the rest follows by itself. Safe to repeat."""
        marked: dict[str, Sequence[Any]] = {"subject": sorted(set(origins)), "at": [at] * len(set(origins))}
        await insert_many(tx, self.store.erased, marked, conflict="(subject) DO NOTHING")
        await self._open(tx, request_id, origins, at)
        await self._forget(tx, request_id, origins, {})

    async def run(self) -> None:
        """Look for open erasures for ever."""
        while True:
            async with self.database.snapshot() as connection:
                waiting = await self._waiting(connection)
            for row in waiting:
                await self.step(row)
            await asyncio.sleep(LOOK_EVERY_S)

    async def step(self, row: sa.Row[Any]) -> bool:
        """Confirm one erasure if the topics have passed the ends they had; returns whether it did.

        A batch that was in flight when the person was marked may still have brought something: it is deleted after
        the ends have passed, and nothing of the person comes after those.
        """
        if not await self._passed(row.request_id):
            return False
        outside = await self.destroy(row.origins)
        async with self.database.transaction() as tx:
            destroyed = await self._forget(tx, row.request_id, row.origins, outside)
            now = datetime.now(UTC)
            if await self._confirm(tx, row.request_id, now):
                await publish(tx, self.store, [self._confirmation(row.request_id, destroyed, outside, now)])
        self._ends.pop(row.request_id, None)
        return True

    async def _passed(self, request_id: str) -> bool:
        topics = {reading.topic: follower for follower in self.followers for reading in follower.handlers}
        if request_id not in self._ends:
            self._ends[request_id] = await self.log.ends(list(topics))
        for follower in self.followers:
            read = {reading.topic for reading in follower.handlers}
            for (topic, partition), end in self._ends[request_id].items():
                if topic in read and (await follower.position_of(topic, partition) or 0) < end:
                    return False
        return True

    async def _forget(
        self, tx: AsyncConnection, request_id: str, origins: Sequence[str], outside: Mapping[str, int]
    ) -> dict[str, int]:
        letter = self.store.dead_letter
        letters = await tx.execute(sa.delete(letter).where(letter.c.subject.in_(origins)))
        counts = {
            "dead letters": letters.rowcount,
            **outside,
            **await forget(tx, self.holdings, origins),
        }
        return await self._note_destroyed(tx, request_id, counts)

    async def _note_destroyed(
        self, tx: AsyncConnection, request_id: str, counts: Mapping[str, int]
    ) -> dict[str, int]:
        table = self.store.erasure
        known = await tx.scalar(sa.select(table.c.destroyed).where(table.c.request_id == request_id)) or {}
        total = {what: known.get(what, 0) + counts.get(what, 0) for what in dict.fromkeys([*known, *counts])}
        await tx.execute(sa.update(table).where(table.c.request_id == request_id).values(destroyed=total))
        return total

    async def _open(self, tx: AsyncConnection, request_id: str, origins: Sequence[str], at: datetime) -> None:
        """Note an erasure to carry out; told again with more origins it is carried out again."""
        table = self.store.erasure
        known = await tx.scalar(sa.select(table.c.origins).where(table.c.request_id == request_id))
        every = sorted({*(known or ()), *origins})
        if known is None:
            row = {"request_id": request_id, "origins": every, "requested_at": at, "destroyed": {}}
            await tx.execute(sa.insert(table).values(row))
        elif every != known:
            again = sa.update(table).where(table.c.request_id == request_id)
            await tx.execute(again.values(origins=every, confirmed_at=None))

    async def _waiting(self, connection: AsyncConnection) -> Sequence[sa.Row[Any]]:
        table = self.store.erasure
        query = sa.select(table).where(table.c.confirmed_at.is_(None)).order_by(table.c.requested_at)
        return (await connection.execute(query)).all()

    async def _confirm(self, tx: AsyncConnection, request_id: str, at: datetime) -> bool:
        table = self.store.erasure
        waits = sa.update(table).where(table.c.request_id == request_id, table.c.confirmed_at.is_(None))
        return bool((await tx.execute(waits.values(confirmed_at=at))).rowcount)

    def _confirmation(
        self, request_id: str, destroyed: Mapping[str, int], outside: Mapping[str, int], now: datetime
    ) -> ErasureConfirmed:
        stores = [("outside" if what in outside else "database", what) for what in destroyed]
        return ErasureConfirmed(
            id=new_id(),
            version=ErasureConfirmed.VERSION,
            subject=None,
            occurred_at=now,
            recorded_at=now,
            request_id=request_id,
            service=self.service,
            destroyed=tuple(Destroyed(store, what, destroyed[what], now) for store, what in stores),
        )
