"""From topics to the lake: micro-batches, one Delta commit each, applied once whatever is delivered twice."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
import structlog

from kernel.contracts.event import Event
from kernel.contracts.mentions import MentionsWithdrawn
from kernel.contracts.records import RecordAccepted, RecordsWithdrawn
from kernel.contracts.topics import TOPICS
from kernel.log.port import Batch, Log, Message, PositionLost, Subscription
from kernel.telemetry import metrics
from kernel.telemetry.messaging import Load, gather, processing, sampled_among
from kernel.traffic import give_way
from services.persona.lake.domain import Facts
from services.persona.lake.repository.delta import FactLake, Mark, Place, PositionMoved, Reach

TOPICS_READ = ("records.accepted", "mentions.analyzed")
GROUP = "persona.lake"
MOST_FACTS = 50_000
"""Facts held before a commit: about 30 MB. A commit costs as much as some thousand facts."""
LONGEST_S = 1.0
"""How long the first fact of a commit waits for others: what a reader of the lake is behind, about."""
LIMIT = 4_000

WAIT_S = (0.1, 5.0)

ErasedOf = Callable[[Collection[str]], Awaitable[set[str]]]
"""Which of these origins are erased, by the service's database."""
PutAside = Callable[[Batch, Message, str], Awaitable[None]]
"""Keep a message that cannot be understood; repeating it changes nothing."""


@dataclass(slots=True)
class Pending:
    """What the next commit will hold."""

    facts: Facts = field(default_factory=Facts)
    withdrawn: dict[tuple[str, str], int] = field(default_factory=dict)
    """(record, origin) taken back, and how many events came before; what comes after counts again."""
    reached: dict[Place, Reach] = field(default_factory=dict)
    marks: dict[Mark, int] = field(default_factory=dict)
    load: Load = field(default_factory=dict)
    since: float = 0.0

    def take(self, event: Event) -> None:
        """Note what an event says; of records that it takes back or supersedes everything read so far is void."""
        if isinstance(event, RecordsWithdrawn | MentionsWithdrawn):
            self._void(event.subject, event.record_ids)
            return
        if isinstance(event, RecordAccepted) and event.supersedes:
            self._void(event.subject, [event.supersedes])
        self.facts.add(event)

    def _void(self, subject: str | None, record_ids: Sequence[str]) -> None:
        if subject is not None:
            self.withdrawn |= {(record, subject): len(self.facts.heads) for record in record_ids}

    @property
    def is_due(self) -> bool:
        """True where it is full or has waited long enough."""
        return bool(self.reached) and (
            len(self.facts) + len(self.withdrawn) >= MOST_FACTS or time.monotonic() >= self.since + LONGEST_S
        )


class Reading(NamedTuple):
    """A topic that is read, and what for."""

    topic: str
    purpose: str


@dataclass(slots=True)
class FactStream:
    """Fills `lake` from `log`. `run` until cancelled; of several members each fills from its own partitions.

    To the chassis it is a Follower like any consumer.
    """

    log: Log
    lake: FactLake
    erased_of: ErasedOf
    put_aside: PutAside
    name: str = GROUP
    handlers: tuple[Reading, ...] = tuple(Reading(topic, "profiling") for topic in TOPICS_READ)
    lost: str = ""
    """What was lost, where retention passed our position: a person must decide how to go on."""
    _pending: Pending = field(default_factory=Pending)
    _marks: dict[Mark, int] = field(default_factory=dict)

    async def run(self) -> None:
        """Consume for ever; failures of the log, the lake or the database are waited out."""
        wait = WAIT_S[0]
        while True:
            started = time.monotonic()
            try:
                await self._consume()
            except PositionLost as gap:
                self.lost, wait = str(gap), WAIT_S[1]
                structlog.get_logger().error("events lost", consumer=GROUP, gap=self.lost)
            except (OSError, sa.exc.SQLAlchemyError) as error:
                metrics().consumer_failures.labels(GROUP).inc()
                structlog.get_logger().warning("consumer waits", consumer=GROUP, error=type(error).__name__)
            wait = WAIT_S[0] if time.monotonic() > started + WAIT_S[1] else min(wait * 2, WAIT_S[1])
            await asyncio.sleep(wait)

    async def lag(self) -> dict[str, int]:
        """Events not yet in the lake, by topic."""
        behind, ends = dict.fromkeys(TOPICS_READ, 0), await self.log.ends(TOPICS_READ)
        positions = await asyncio.to_thread(self.lake.positions, ends)
        for place, end in ends.items():
            behind[place[0]] += end - positions[place]
        return behind

    async def _consume(self) -> None:
        self._forget()
        subscription = await self.log.subscribe(GROUP, TOPICS_READ, self.position_of)
        try:
            while True:
                await self.step(subscription)
        finally:
            await subscription.close()

    async def step(self, subscription: Subscription) -> None:
        """Read what has arrived, and commit when due. Where another member took over, read again from the lake."""
        wait = LONGEST_S
        if self._pending.reached:
            wait = max(0.0, self._pending.since + LONGEST_S - time.monotonic())
        batches = await subscription.next(wait=wait, limit=LIMIT)
        began = time.monotonic()
        for batch in batches:
            await self._take(batch)
            await asyncio.sleep(0)  # a few milliseconds of work: requests in the same process come in between
        self.lost = ""
        if self._pending.is_due:
            try:
                await self.commit()
            except PositionMoved:
                metrics().consumer_failures.labels(GROUP).inc()
                self._forget()
                await subscription.rewind()
        await give_way(time.monotonic() - began)

    async def commit(self) -> None:
        """Write what is pending. Raises PositionMoved or OSError, and then nothing was written."""
        pending, self._pending = self._pending, Pending()
        erased = await self.erased_of(pending.facts.subjects())
        facts = pending.facts
        if pending.withdrawn:
            facts = facts.without_records(pending.withdrawn)
        facts = facts.without(erased) if erased else facts
        with processing(GROUP, pending.load):
            if pending.withdrawn:
                await asyncio.to_thread(self.lake.delete_records, pending.withdrawn)
            await asyncio.to_thread(self.lake.append, facts, pending.reached, pending.marks)
        metrics().applied.labels(GROUP, TOPICS_READ[0]).inc(len(facts))

    async def position_of(self, topic: str, partition: int) -> int | None:
        """Where a partition stands in the lake."""
        return await asyncio.to_thread(self.lake.position, (topic, partition))

    async def _take(self, batch: Batch) -> None:
        pending, place = self._pending, (batch.topic, batch.partition)
        if not pending.reached:
            pending.since = time.monotonic()
        before = pending.reached.get(place)
        recorded = before.recorded_s if before else 0
        fresh = await self._fresh(batch, await self._decoded(batch))
        gather(pending.load, batch.topic, sampled_among(fresh), len(fresh))
        for event in fresh:
            pending.take(event)
        if fresh:
            recorded = int(fresh[-1].recorded_at.timestamp())
        position = before.position if before else batch.position
        pending.reached[place] = Reach(position, batch.next_offset, recorded)

    async def _decoded(self, batch: Batch) -> list[Event]:
        decode = TOPICS[batch.topic].decode
        events = []
        for message in batch.messages:
            try:
                events.append(decode(message.value))
            except msgspec.MsgspecError as error:
                await self.put_aside(batch, message, type(error).__name__)
                metrics().dead.labels(GROUP, batch.topic).inc()
        return events

    async def _fresh(self, batch: Batch, events: Sequence[Event]) -> list[Event]:
        """The events that were not applied before, with the marks of the pending commit moved past them."""
        fresh: list[Event] = []
        reached: dict[tuple[str, str], int] = {}
        for event in events:
            source = (event.producer, event.epoch)
            if source not in reached:
                reached[source] = await self._mark(Mark(batch.topic, batch.partition, *source))
            if event.sequence > reached[source]:
                reached[source] = event.sequence
                fresh.append(event)
        for source, sequence in reached.items():
            mark = Mark(batch.topic, batch.partition, *source)
            if sequence > self._marks[mark]:
                self._marks[mark] = self._pending.marks[mark] = sequence
        if skipped := len(events) - len(fresh):
            metrics().skipped.labels(GROUP, batch.topic).inc(skipped)
        return fresh

    async def _mark(self, mark: Mark) -> int:
        """The last sequence that was applied, or is about to be."""
        known = self._marks.get(mark)
        if known is None:
            known = self._marks[mark] = await asyncio.to_thread(self.lake.mark, mark)
        return known

    def _forget(self) -> None:
        """Drop what is held but not written: it will be read again."""
        self._pending = Pending()
        self._marks = {}
