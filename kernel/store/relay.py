"""The relay: moves committed outbox rows into the log, in order, stamped so that a re-sent event can be told.

Rows are numbered here and not when inserted, because ids commit out of order: a reader of "id greater than the
last one" misses rows. Of several relays of one service only the lease holder works; each stamping checks the
fencing token, so that one that was frozen and woke up changes nothing.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import stamp
from kernel.ids import new_id
from kernel.log.port import Entry, Log
from kernel.store.engine import Database
from kernel.store.outbox import unpack
from kernel.store.tables import StoreTables
from kernel.telemetry import metrics

LEASE_S = 3.0
"""How long a killed relay keeps others (or its own restart) waiting."""

ROWS_A_CYCLE = 64
"""An outbox row holds a request's events (up to 1,000), so a cycle moves up to 64,000."""

IDLE_S = (0.02, 0.5)
"""A commit in this process wakes the relay at once; rows of another process are polled for, ever less often."""


class LeaseLost(Exception):
    """Another relay holds the lease now."""


class StampedRow(NamedTuple):
    """An outbox row with the sequence of its first event."""

    id: str
    topic: str
    events: bytes
    first_sequence: int
    size: int


@dataclass(slots=True)
class Relay:
    """One service's relay. `run` until cancelled, then `release`."""

    producer: str
    database: Database
    store: StoreTables
    log: Log
    _fence: int = 0
    _epoch: str = ""
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.database.on_commit(self._wake.set)

    async def run(self) -> None:
        """Relay for ever; failures of the log or the database are waited out, never skipped."""
        backoff, idle = 0.1, IDLE_S[0]
        sent: Sequence[str] = ()
        while True:
            try:
                sent = await self.cycle(sent)
                backoff = 0.1
                idle = IDLE_S[0] if sent or await self._woken(idle) else min(idle * 2, IDLE_S[1])
            except LeaseLost:
                sent = ()
                await asyncio.sleep(1.0)
            except (sa.exc.SQLAlchemyError, OSError) as error:
                sent = ()  # stamped rows keep their numbers and are sent again
                metrics().relay_failures.labels(self.producer).inc()
                structlog.get_logger().warning(
                    "relay waits", producer=self.producer, error=type(error).__name__
                )
                await asyncio.sleep(backoff)
                backoff = min(backoff * 2, 5.0)

    async def cycle(self, sent: Sequence[str] = ()) -> Sequence[str]:
        """Delete the rows `sent` before, stamp the next, send them; returns their ids, none where none wait."""
        async with self.database.transaction() as tx:
            counter = await self._hold_lease(tx)
            if sent:
                await tx.execute(sa.delete(self.store.outbox).where(self.store.outbox.c.id.in_(sent)))
            rows = await self._stamped(tx) or await self._stamp(tx, counter)
            self._wake.clear()  # this commit's own wake-up is no news
        if not rows:
            return ()
        await self.log.append([entry for row in rows for entry in self._entries(row)])
        metrics().relayed.labels(self.producer).inc(sum(row.size for row in rows))
        return [row.id for row in rows]

    async def drained(self) -> bool:
        """True where no committed event waits to be sent."""
        async with self.database.snapshot() as connection:
            return not await connection.scalar(sa.select(sa.func.count()).select_from(self.store.outbox))

    async def release(self) -> None:
        """Give the lease up, so that a successor need not wait for it to run out."""
        relay = self.store.relay
        async with self.database.transaction() as tx:
            await tx.execute(sa.update(relay).where(relay.c.fence == self._fence).values(lease_until=0.0))

    async def _woken(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _stamped(self, tx: AsyncConnection) -> list[StampedRow]:
        outbox = self.store.outbox
        query = (
            sa.select(*(outbox.c[name] for name in StampedRow._fields))
            .where(outbox.c.first_sequence.is_not(None))
            .order_by(outbox.c.first_sequence)
            .limit(ROWS_A_CYCLE)
        )
        return [StampedRow(*row) for row in await tx.execute(query)]

    async def _stamp(self, tx: AsyncConnection, counter: int) -> list[StampedRow]:
        outbox = self.store.outbox
        query = (
            sa.select(*(outbox.c[name] for name in StampedRow._fields))
            .where(outbox.c.first_sequence.is_(None))
            .order_by(outbox.c.id)
            .limit(ROWS_A_CYCLE)
        )
        rows = []
        for row in await tx.execute(query):
            rows.append(StampedRow(*row)._replace(first_sequence=counter))
            counter += row.size
        if rows:
            numbers = sa.update(outbox).where(outbox.c.id == sa.bindparam("row_id"))
            await tx.execute(
                numbers.values(first_sequence=sa.bindparam("number")),
                [{"row_id": row.id, "number": row.first_sequence} for row in rows],
            )
            await tx.execute(sa.update(self.store.relay).values(next_sequence=counter))
        return rows

    async def _hold_lease(self, tx: AsyncConnection) -> int:
        """The next sequence, with the lease held. Raises LeaseLost where another relay has it."""
        relay, now = self.store.relay, time.time()
        row = (await tx.execute(sa.select(relay).with_for_update())).first()
        if row is None:
            self._fence, self._epoch = 1, new_id()
            first = {"producer": self.producer, "epoch": self._epoch, "next_sequence": 1}
            await tx.execute(sa.insert(relay).values(**first, fence=1, lease_until=now + LEASE_S))
            return 1
        mine = row.fence == self._fence
        if not mine and row.lease_until > now:
            raise LeaseLost(self.producer)
        if not mine or row.lease_until < now + LEASE_S / 2:
            self._fence, self._epoch = row.fence + (not mine), row.epoch
            await tx.execute(sa.update(relay).values(fence=self._fence, lease_until=now + LEASE_S))
        return int(row.next_sequence)

    def _entries(self, row: StampedRow) -> list[Entry]:
        return [
            Entry(row.topic, key, stamp(body, self.producer, self._epoch, row.first_sequence + index))
            for index, (key, body) in enumerate(unpack(row.events))
        ]
