"""The relay: moves committed outbox rows into the log, in order, stamped so that a re-sent event can be told.

Rows are numbered here and not when inserted, because ids commit out of order: a reader of "id greater than the
last one" misses rows. Of several relays of one service only the lease holder works; each stamping checks the
fencing token, so that one that was frozen and woke up changes nothing.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import stamp
from kernel.ids import new_id
from kernel.log.port import Entry, Log
from kernel.store.bulk import insert_many, one_of
from kernel.store.engine import Database
from kernel.store.outbox import unpack
from kernel.store.tables import StoreTables
from kernel.telemetry import metrics
from kernel.telemetry.messaging import relaying

LEASE_S = 3.0
"""How long a killed relay keeps others (or its own restart) waiting."""

ROWS_A_CYCLE, EVENTS_A_CYCLE = 512, 8_000
"""An outbox row holds a request's events (1 to 1,000): a cycle ends at whichever bound it reaches first."""

RETRY_S = (0.1, 5.0)

IDLE_S = (0.02, 0.5)
"""What this process publishes wakes the relay at once; rows of another process are polled for, ever less often."""

PACE_S = 0.02
"""Under load cycles begin no closer to one another: a cycle costs as much for one row as for fifty."""


class LeaseLost(Exception):
    """Another relay holds the lease now."""


class Lease(NamedTuple):
    """A relay's right to work: the fencing token under which it got it, and where the count stands."""

    fence: int
    epoch: str
    counter: int


NO_LEASE = Lease(-1, "", 0)


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
    _lease: Lease = NO_LEASE
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.database.on_publish(self._wake.set)

    async def run(self) -> None:
        """Relay for ever; failures of the log or the database are waited out, never skipped."""
        backoff, idle = RETRY_S[0], IDLE_S[0]
        sent: Sequence[str] = ()
        while True:
            began = time.monotonic()
            try:
                sent = await self.cycle(sent)
                backoff = RETRY_S[0]
                idle = IDLE_S[0] if sent or await self._woken(idle) else min(idle * 2, IDLE_S[1])
                await asyncio.sleep(began + PACE_S - time.monotonic())
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
                backoff = min(backoff * 2, RETRY_S[1])

    async def cycle(self, sent: Sequence[str] = ()) -> Sequence[str]:
        """Delete the rows `sent` before, stamp the next, send them; returns their ids, none where none wait.

        Raises LeaseLost where another relay works, LogUnavailable where the log did not take everything.
        """
        async with self.database.transaction() as tx:
            self._wake.clear()
            lease = await self._hold_lease(tx)
            if sent:
                outbox = self.store.outbox
                await tx.execute(sa.delete(outbox).where(one_of(tx, outbox.c.id, sent)))
            unsent = [] if sent and lease.fence == self._lease.fence else await self._stamped(tx)
            rows = unsent or await self._stamp(tx, lease.counter)
        self._lease = lease  # not before the commit: a number that was rolled back is another relay's next
        if not rows:
            return ()
        entries = [entry for row in rows for entry in self._entries(row)]
        with relaying(self.producer, entries):
            await self.log.append(entries)
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
            await tx.execute(
                sa.update(relay).where(relay.c.fence == self._lease.fence).values(lease_until=0.0)
            )

    async def _woken(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(
                seconds
            ):  # `wait_for` can swallow a cancellation that comes with the wake-up
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    async def _stamped(self, tx: AsyncConnection) -> list[StampedRow]:
        """Rows that were numbered, and perhaps sent, by a cycle that did not come to its end."""
        outbox = self.store.outbox
        query = (
            sa.select(*(outbox.c[name] for name in StampedRow._fields))
            .where(outbox.c.first_sequence.is_not(None))
            .order_by(outbox.c.first_sequence)
            .limit(ROWS_A_CYCLE)
        )
        return [StampedRow(*row) for row in await tx.execute(query)]

    async def _stamp(self, tx: AsyncConnection, counter: int) -> list[StampedRow]:
        """Number the next committed rows from `counter` on."""
        outbox = self.store.outbox
        before = sa.func.sum(outbox.c.size).over(order_by=outbox.c.id) - outbox.c.size
        oldest = (
            sa.select(outbox.c.id, before.label("before"))
            .where(outbox.c.first_sequence.is_(None))
            .order_by(outbox.c.id)
            .limit(ROWS_A_CYCLE)
            .subquery()
        )
        numbered = (
            sa.update(outbox)
            .where(outbox.c.id == oldest.c.id, oldest.c.before < EVENTS_A_CYCLE)
            .values(first_sequence=oldest.c.before + counter)
            .returning(*(outbox.c[name] for name in StampedRow._fields))
        )
        rows = sorted(
            (StampedRow(*row) for row in await tx.execute(numbered)), key=attrgetter("first_sequence")
        )
        if rows:
            following = rows[-1].first_sequence + rows[-1].size
            await tx.execute(sa.update(self.store.relay).values(next_sequence=following))
        return rows

    async def _hold_lease(self, tx: AsyncConnection) -> Lease:
        """The lease, taken or prolonged in `tx`. Raises LeaseLost where another relay has it."""
        relay, now = self.store.relay, time.time()
        row = (await tx.execute(sa.select(relay).with_for_update())).first()
        if row is None:
            first: dict[str, Sequence[Any]] = {"producer": [self.producer], "epoch": [new_id()]}
            free: dict[str, Sequence[Any]] = {"next_sequence": [1], "fence": [0], "lease_until": [0.0]}
            await insert_many(tx, relay, {**first, **free}, conflict="(producer) DO NOTHING")
            row = (await tx.execute(sa.select(relay).with_for_update())).one()
        mine = row.fence == self._lease.fence
        if not mine and row.lease_until > now:
            raise LeaseLost(self.producer)
        fence = row.fence + (not mine)
        if not mine or row.lease_until < now + LEASE_S / 2:
            await tx.execute(sa.update(relay).values(fence=fence, lease_until=now + LEASE_S))
        return Lease(fence, row.epoch, row.next_sequence)

    def _entries(self, row: StampedRow) -> list[Entry]:
        return [
            Entry(row.topic, key, stamp(body, self.producer, self._lease.epoch, sequence))
            for sequence, (key, body) in enumerate(unpack(row.events), row.first_sequence)
        ]


async def begin_epoch(tx: AsyncConnection, store: StoreTables) -> None:
    """Count anew under a new name: part of every restore of a service's database, before its relay runs.

    A restored counter would give new events numbers that consumers know already, and would lose them. Rows that
    the restored outbox holds are sent under the new epoch, whether or not they had been sent since the backup.
    """
    await tx.execute(sa.update(store.relay).values(epoch=new_id(), next_sequence=1))
    await tx.execute(sa.update(store.outbox).values(first_sequence=None))
