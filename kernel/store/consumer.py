"""Consuming: an event's effect, the offset it moves and the producer's mark are one transaction.

What makes it safe is the database and not the group: the offset row is locked and compared before it is moved, so
that a consumer that was frozen, and whose partition went to another, changes nothing when it wakes up.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event, Glance
from kernel.contracts.topics import TOPICS
from kernel.ids import canonical_id
from kernel.log.port import Batch, Log, LogUnavailable, PositionLost, Subscription
from kernel.store.bulk import insert_many, update_many
from kernel.store.engine import Database
from kernel.store.failures import is_transient
from kernel.store.prepared import fetch_any
from kernel.store.tables import StoreTables
from kernel.telemetry import metrics
from kernel.telemetry.messaging import applying
from kernel.traffic import give_way

WAIT_S = (0.1, 5.0)
LOST_S = 30.0

PACE_S = 0.02
"""Under load steps begin no closer to one another: a transaction costs as much for one event as for fifty."""

Place = tuple[str, int]
Marks = dict[tuple[str, str], int]
"""The last sequence applied by (producer, epoch)."""

Handle = Callable[[AsyncConnection, Sequence[Event]], Awaitable[None]]


class Fenced(Exception):
    """Another member of the group moved this partition's offset: what we hold is not ours any more."""


class Sift(NamedTuple):
    """Which events of a topic a handler wants: told at a glance, so that the others are never read whole."""

    glance: type[Glance]
    wanted: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Handler:
    """A service's door to a topic. `purpose` says why the service reads it (no purpose, no access)."""

    topic: str
    purpose: str
    handle: Handle
    """Applies events (in order within a subject) in the given transaction; must not commit."""
    sees_erased: bool = False
    """Events of erased people are dropped before `handle`, unless it is the one that erases."""
    reads: Any = None
    """The parts of the topic's events that are read (a type or a union), where that is less than all of them."""
    sift: Sift | None = None
    """Where most events are none of the handler's business: an event passed over costs a third of one read."""

    @property
    def decode(self) -> Callable[[bytes], Event]:
        """From bytes to what `handle` takes. Raises `msgspec.DecodeError`."""
        return _decoder(self.reads).decode if self.reads else TOPICS[self.topic].decode

    def newer(self, batch: Batch, marks: Marks) -> tuple[list[Event], int]:
        """The events of `batch` that are to be handled: those above their producer's mark, which moves; and how many
        there were above it. What compaction left empty is none. Raises `msgspec.DecodeError`."""
        decode, sift, above = self.decode, self.sift, 0
        read: Callable[[bytes], Any] = _decoder(sift.glance).decode if sift else decode
        events: list[Event] = []
        for message in batch.messages:
            if not message.value:
                continue
            event = read(message.value)
            source = (event.producer, event.epoch)
            if event.sequence <= marks.get(source, 0):
                continue
            marks[source] = event.sequence
            above += 1
            if sift is None:
                events.append(event)
            elif sift.wanted(event):
                events.append(decode(message.value))
        return events, above


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
    patient: bool = False
    """Gives way to requests of its process: nobody is denied anything while its events wait."""
    lost: str = ""
    """What was lost, where retention passed our position: a person must decide how to go on."""
    _astray: bool = False
    """What was read last was not applied (yet): the subscription stands further than the database."""
    _reading: dict[str, Handler] = field(init=False)
    _marks: dict[Place, tuple[int, Marks]] = field(default_factory=dict)
    """What `producer_mark` holds, true as long as the partition's offset is the one beside it."""

    def __post_init__(self) -> None:
        self._reading = {handler.topic: handler for handler in self.handlers}

    async def run(self) -> None:
        """Consume for ever; failures of the log or the database are waited out."""
        while True:
            try:
                await self._consume()
            except PositionLost as gap:
                self.lost = str(gap)
                structlog.get_logger().error("events lost", consumer=self.name, gap=self.lost)
                await asyncio.sleep(LOST_S)
            except (sa.exc.SQLAlchemyError, OSError) as error:
                await self._wait_out(error, WAIT_S[0])

    async def _consume(self) -> None:
        topics = [handler.topic for handler in self.handlers]
        subscription = await self.log.subscribe(self.name, topics, self.position_of)
        self._astray, wait = False, WAIT_S[0]
        try:
            while True:
                began = time.monotonic()
                try:
                    await self.step(subscription)
                    wait, self.lost = WAIT_S[0], ""
                    await asyncio.sleep(began + PACE_S - time.monotonic())
                except (sa.exc.SQLAlchemyError, OSError) as error:
                    if isinstance(error, LogUnavailable):
                        raise
                    await self._wait_out(error, wait)  # the place in the group is kept meanwhile
                    wait = min(wait * 2, WAIT_S[1])
        finally:
            await subscription.close()

    async def _wait_out(self, error: Exception, seconds: float) -> None:
        metrics().consumer_failures.labels(self.name).inc()
        structlog.get_logger().warning("consumer waits", consumer=self.name, error=type(error).__name__)
        await asyncio.sleep(seconds)

    async def step(self, subscription: Subscription, *, wait: float = 1.0) -> int:
        """Apply what has arrived; returns the number of messages read. One bad event is put aside alone.

        Raises PositionLost, and failures that pass by themselves: then nothing of it is applied, and the next
        step reads again from the stored positions.
        """
        if self._astray:
            await subscription.rewind()
            self._astray = False
        batches = await subscription.next(wait=wait, limit=self.limit)
        if not batches:
            return 0
        self._astray, began = True, time.monotonic()
        try:
            await self._apply_around(batches)
        except Fenced:
            metrics().consumer_failures.labels(self.name).inc()
            return 0
        self._astray = False
        if self.patient:
            await give_way(time.monotonic() - began)
        return sum(len(batch.messages) for batch in batches)

    async def position_of(self, topic: str, partition: int) -> int | None:
        """The next offset to apply, None on the first start."""
        position = self.store.position
        query = sa.select(position.c.next_offset).where(
            position.c.consumer == self.name, position.c.topic == topic, position.c.partition == partition
        )
        async with self.database.snapshot() as connection:
            return await connection.scalar(query)

    async def _apply_around(self, batches: Sequence[Batch]) -> None:
        """Apply `batches`; where they fail, their halves, until what fails is one event: that is put aside."""
        try:
            await self._apply(batches)
        except Exception as error:
            if isinstance(error, Fenced) or is_transient(error):
                raise
            if len(batches) == 1 and len(batches[0].messages) == 1:
                await self._bury(batches[0], error)
                return
            for part in _parts(batches):
                await self._apply_around([part])

    async def _apply(self, batches: Sequence[Batch]) -> None:
        applied: Counter[str] = Counter()
        async with self.database.transaction() as tx:
            await self._advance(tx, batches)
            fresh, marks = await self._unseen(tx, batches)
            erased = await self._erased(tx, fresh)
            for handler in self.handlers:
                events = fresh.get(handler.topic, [])
                if erased and not handler.sees_erased:
                    events = [event for event in events if event.subject not in erased]
                if events:
                    with applying(self.name, handler.topic, events):
                        await handler.handle(tx, events)
                    applied[handler.topic] += len(events)
        self._marks |= marks
        for topic, count in applied.items():
            metrics().applied.labels(self.name, topic).inc(count)

    async def _unseen(
        self, tx: AsyncConnection, batches: Sequence[Batch]
    ) -> tuple[dict[str, list[Event]], dict[Place, tuple[int, Marks]]]:
        """The events not applied before by topic, and the producers' marks, moved past them."""
        await self._load_marks(tx, batches)
        fresh: dict[str, list[Event]] = {}
        moved: dict[Place, tuple[int, Marks]] = {}
        rows = []
        for batch in batches:
            place = (batch.topic, batch.partition)
            known = self._marks[place][1]
            marks = dict(known)
            events, above = self._reading[batch.topic].newer(batch, marks)
            fresh.setdefault(batch.topic, []).extend(events)
            moved[place] = (batch.next_offset, marks)
            rows += [(*place, *source, mark) for source, mark in marks.items() if mark != known.get(source)]
            if skipped := len(batch.messages) - above:
                metrics().skipped.labels(self.name, batch.topic).inc(skipped)
        if rows:
            names = ("topic", "partition", "producer", "epoch", "sequence")
            columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
            key = "(consumer, topic, partition, producer, epoch)"
            await insert_many(
                tx,
                self.store.mark,
                {"consumer": [self.name] * len(rows), **columns},
                conflict=f"{key} DO UPDATE SET sequence = excluded.sequence",
            )
        return fresh, moved

    async def _load_marks(self, tx: AsyncConnection, batches: Sequence[Batch]) -> None:
        """Read the marks of those partitions whose offset is not where we left it."""
        places = [
            place
            for batch in batches
            if self._marks.get(place := (batch.topic, batch.partition), (-1,))[0] != batch.position
        ]
        if not places:
            return
        mark = self.store.mark
        self._marks |= {
            (batch.topic, batch.partition): (batch.position, {})
            for batch in batches
            if (batch.topic, batch.partition) in places
        }
        query = sa.select(mark.c.topic, mark.c.partition, mark.c.producer, mark.c.epoch, mark.c.sequence)
        of_places = sa.tuple_(mark.c.topic, mark.c.partition).in_(places)
        for topic, partition, *source, sequence in await tx.execute(
            query.where(mark.c.consumer == self.name, of_places)
        ):
            self._marks[topic, partition][1][source[0], source[1]] = sequence

    async def _erased(self, tx: AsyncConnection, fresh: Mapping[str, Sequence[Event]]) -> set[str]:
        subjects = {event.subject for events in fresh.values() for event in events if event.subject}
        return await erased_among(tx, self.store, subjects)

    async def _bury(self, batch: Batch, error: Exception) -> None:
        """Put the one event of `batch` aside with its bytes, unless its person is erased; the offset moves on."""
        message = batch.messages[0]
        subject = message.key.decode(errors="replace")
        eraser = any(handler.sees_erased for handler in self.handlers if handler.topic == batch.topic)
        async with self.database.transaction() as tx:
            await self._advance(tx, [batch])
            if not eraser and canonical_id(subject) and await erased_among(tx, self.store, {subject}):
                return
            letter: dict[str, Sequence[Any]] = {
                "consumer": [self.name],
                "topic": [batch.topic],
                "partition": [batch.partition],
                "offset": [message.offset],
                "subject": [subject],
                "value": [message.value],
                "reason": [type(error).__name__],
                "at": [datetime.now(UTC)],
            }
            key = '(consumer, topic, "partition", "offset")'
            await insert_many(tx, self.store.dead_letter, letter, conflict=f"{key} DO NOTHING")
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
        batches = sorted(batches, key=lambda batch: (batch.topic, batch.partition))  # locks in one order
        position = self.store.position
        stood = {**self._places(batches), "next_offset": [batch.position for batch in batches]}
        moved = await update_many(
            tx, position, stood, {"next_offset": [batch.next_offset for batch in batches]}
        )
        if moved < len(batches):
            first = [
                batch for batch in batches if not batch.position
            ]  # a partition nobody has read has no row
            started = {**self._places(first), "next_offset": [batch.next_offset for batch in first]}
            key = "(consumer, topic, partition)"
            moved += await insert_many(tx, position, started, conflict=f"{key} DO NOTHING")
        if moved != len(batches):
            raise Fenced(self.name)

    def _places(self, batches: Sequence[Batch]) -> dict[str, Sequence[Any]]:
        return {
            "consumer": [self.name] * len(batches),
            "topic": [batch.topic for batch in batches],
            "partition": [batch.partition for batch in batches],
        }

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


async def erased_among(tx: AsyncConnection, store: StoreTables, subjects: Collection[str]) -> set[str]:
    """Those of `subjects` who are erased, as of this transaction."""
    rows = await fetch_any(tx, _subjects_of(store), store.erased.c.subject, list(subjects))
    return {str(row[0]) for row in rows}


@cache
def _subjects_of(store: StoreTables) -> sa.Select[Any]:
    return sa.select(store.erased.c.subject)


@cache
def _decoder(event: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(event)


def _parts(batches: Sequence[Batch]) -> Iterator[Batch]:
    """The partitions of `batches` singly, or the two halves of a single one."""
    if len(batches) > 1:
        yield from batches
        return
    topic, partition, position, messages = batches[0]
    half = len(messages) // 2
    yield (first := Batch(topic, partition, position, messages[:half]))
    yield Batch(topic, partition, first.next_offset, messages[half:])
