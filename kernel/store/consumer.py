"""Consuming: an event's effect, the offset it moves and the producer's mark are one transaction.

What makes it safe is the database and not the group: the offset row is locked and compared before it is moved, so
that a consumer that was frozen, and whose partition went to another, changes nothing when it wakes up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.topics import TOPICS
from kernel.log.port import Batch, Log, Subscription
from kernel.store.bulk import insert_many, select_any
from kernel.store.engine import Database
from kernel.store.tables import StoreTables
from kernel.telemetry import metrics, tracing

Handle = Callable[[AsyncConnection, Sequence[Event]], Awaitable[None]]


class Fenced(Exception):
    """Another member of the group moved this partition's offset: what we hold is not ours any more."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A service's door to a topic. `purpose` says why the service reads it (no purpose, no access)."""

    topic: str
    purpose: str
    handle: Handle
    """Applies events (in order within a subject) in the given transaction; must not commit."""
    sees_erased: bool = False
    """Events of erased people are dropped before `handle`, unless it is the one that erases."""


@dataclass(slots=True)
class Consumer:
    """Applies the topics of `handlers` to one database as member of the group `name`. `run` until cancelled."""

    name: str
    database: Database
    store: StoreTables
    log: Log
    handlers: Sequence[Handler]
    limit: int = 2_000
    """Events applied in one transaction, about."""

    async def run(self) -> None:
        """Consume for ever; failures of the log or the database are waited out."""
        backoff = 0.1
        while True:
            try:
                await self._consume()
            except (sa.exc.SQLAlchemyError, OSError) as error:
                metrics().consumer_failures.labels(self.name).inc()
                structlog.get_logger().warning(
                    "consumer waits", consumer=self.name, error=type(error).__name__
                )
            await asyncio.sleep(backoff)
            backoff = min(backoff * 2, 5.0)

    async def _consume(self) -> None:
        topics = [handler.topic for handler in self.handlers]
        subscription = await self.log.subscribe(self.name, topics, self.position_of)
        try:
            while True:
                await self.step(subscription)
        finally:
            await subscription.close()

    async def step(self, subscription: Subscription, *, wait: float = 1.0) -> int:
        """Apply what has arrived; returns the number of messages read. One bad event is put aside alone."""
        batches = await subscription.next(wait=wait, limit=self.limit)
        if not batches:
            return 0
        try:
            await self._apply(batches)
        except Fenced:
            metrics().consumer_failures.labels(self.name).inc()
            await subscription.rewind()
            return 0
        except (sa.exc.OperationalError, sa.exc.InterfaceError, OSError):
            await subscription.rewind()
            raise
        except Exception:  # noqa: BLE001 - whatever a handler raises, one event must not stop all others
            await self._apply_singly(batches)
        return sum(len(batch.messages) for batch in batches)

    async def position_of(self, topic: str, partition: int) -> int | None:
        """The next offset to apply, None on the first start."""
        position = self.store.position
        query = sa.select(position.c.next_offset).where(
            position.c.consumer == self.name, position.c.topic == topic, position.c.partition == partition
        )
        async with self.database.snapshot() as connection:
            return await connection.scalar(query)

    async def _apply(self, batches: Sequence[Batch]) -> None:
        async with self.database.transaction() as tx:
            await self._advance(tx, batches)
            fresh = await self._unseen(tx, batches)
            erased = await self._erased(tx, fresh)
            for handler in self.handlers:
                events = [
                    event
                    for topic, event in fresh
                    if topic == handler.topic and (handler.sees_erased or event.subject not in erased)
                ]
                if events:
                    with tracing(events[0].traceparent):
                        await handler.handle(tx, events)
                    metrics().applied.labels(self.name, handler.topic).inc(len(events))

    async def _unseen(self, tx: AsyncConnection, batches: Sequence[Batch]) -> list[tuple[str, Event]]:
        """The events not applied before, with the producers' marks moved past them."""
        mark = self.store.mark
        places = [mark.c[name] for name in ("topic", "partition", "producer", "epoch")]
        rows = await tx.execute(sa.select(*places, mark.c.sequence).where(mark.c.consumer == self.name))
        marks = {tuple(row[:4]): row.sequence for row in rows}
        moved: dict[tuple[Any, ...], int] = {}
        fresh = []
        for batch in batches:
            decode = TOPICS[batch.topic].decode
            for message in batch.messages:
                event = decode(message.value)
                place = (batch.topic, batch.partition, event.producer, event.epoch)
                if event.sequence <= (moved.get(place) or marks.get(place, 0)):
                    metrics().skipped.labels(self.name, batch.topic).inc()
                    continue
                moved[place] = event.sequence
                fresh.append((batch.topic, event))
        columns = dict(
            zip(("topic", "partition", "producer", "epoch"), zip(*moved, strict=True), strict=True)
        )
        if moved:
            await insert_many(
                tx,
                mark,
                {
                    "consumer": [self.name] * len(moved),
                    **{name: list(cells) for name, cells in columns.items()},
                    "sequence": list(moved.values()),
                },
                conflict="(consumer, topic, partition, producer, epoch) DO UPDATE SET sequence = excluded.sequence",
            )
        return fresh

    async def _erased(self, tx: AsyncConnection, fresh: Sequence[tuple[str, Event]]) -> set[str]:
        subjects = sorted({event.subject for _, event in fresh if event.subject})
        subject = self.store.erased.c.subject
        return {str(row.subject) for row in await select_any(tx, sa.select(subject), subject, subjects)}

    async def _apply_singly(self, batches: Sequence[Batch]) -> None:
        """Each message in a transaction of its own; one that fails becomes a dead letter, with its offset moved."""
        for batch in batches:
            position = batch.position
            for message in batch.messages:
                single = Batch(batch.topic, batch.partition, position, [message])
                try:
                    await self._apply([single])
                except (Fenced, sa.exc.OperationalError, sa.exc.InterfaceError, OSError):
                    raise
                except Exception as error:  # noqa: BLE001 - the reason is kept with the event's bytes
                    await self._bury(single, error)
                position = single.next_offset

    async def _bury(self, batch: Batch, error: Exception) -> None:
        message = batch.messages[0]
        async with self.database.transaction() as tx:
            await self._advance(tx, [batch])
            await tx.execute(
                sa.insert(self.store.dead_letter).values(
                    consumer=self.name,
                    topic=batch.topic,
                    partition=batch.partition,
                    offset=message.offset,
                    subject=message.key.decode(errors="replace"),
                    value=message.value,
                    reason=type(error).__name__,
                    at=datetime.now(UTC),
                )
            )
        metrics().dead.labels(self.name, batch.topic).inc()
        structlog.get_logger().error(
            "event put aside",
            consumer=self.name,
            topic=batch.topic,
            offset=message.offset,
            error=type(error).__name__,
        )

    async def _advance(self, tx: AsyncConnection, batches: Sequence[Batch]) -> None:
        """Move the offsets of `batches`. Raises Fenced where one does not stand where we began to read."""
        held = await self._lock_positions(tx, batches)
        first = [batch for batch in batches if (batch.topic, batch.partition) not in held]
        if first:
            await self._write_positions(tx, first, [batch.position for batch in first], "NOTHING")
            held = await self._lock_positions(tx, batches)
        for batch in batches:
            if held[batch.topic, batch.partition] != batch.position:
                raise Fenced(f"{batch.topic}[{batch.partition}]")
        ends = [batch.next_offset for batch in batches]
        await self._write_positions(tx, batches, ends, "UPDATE SET next_offset = excluded.next_offset")

    async def _lock_positions(
        self, tx: AsyncConnection, batches: Sequence[Batch]
    ) -> dict[tuple[str, int], int]:
        position = self.store.position
        places = sorted((batch.topic, batch.partition) for batch in batches)
        rows = await tx.execute(
            sa.select(position.c.topic, position.c.partition, position.c.next_offset)
            .where(
                position.c.consumer == self.name,
                sa.tuple_(position.c.topic, position.c.partition).in_(places),
            )
            .order_by(position.c.topic, position.c.partition)
            .with_for_update()
        )
        return {(topic, partition): offset for topic, partition, offset in rows}

    async def _write_positions(
        self, tx: AsyncConnection, batches: Sequence[Batch], offsets: list[int], conflict: str
    ) -> None:
        columns: dict[str, Sequence[Any]] = {
            "consumer": [self.name] * len(batches),
            "topic": [batch.topic for batch in batches],
            "partition": [batch.partition for batch in batches],
            "next_offset": offsets,
        }
        await insert_many(
            tx, self.store.position, columns, conflict=f"(consumer, topic, partition) DO {conflict}"
        )

    async def lag(self) -> dict[str, int]:
        """Events not yet applied, by topic."""
        topics = [handler.topic for handler in self.handlers]
        position = self.store.position
        query = sa.select(position.c.topic, position.c.partition, position.c.next_offset)
        async with self.database.snapshot() as connection:
            rows = await connection.execute(query.where(position.c.consumer == self.name))
            held = {(topic, partition): offset for topic, partition, offset in rows}
        behind = dict.fromkeys(topics, 0)
        for place, end in (await self.log.ends(topics)).items():
            behind[place[0]] += end - held.get(place, 0)
        return behind
