"""The event log of embedded mode: one SQLite file, written and read by one process."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.topics import RETENTION_DAYS, TOPICS, Topic, partition_of
from kernel.log.port import Batch, Entry, LogUnavailable, Message, PositionLost, PositionOf
from kernel.log.tail import Place, Tail
from kernel.store.bulk import insert_many
from kernel.store.engine import Database, uninterrupted

metadata = sa.MetaData()

event = sa.Table(
    "event",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("offset", sa.BigInteger, primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

partition_bounds = sa.Table(
    "partition_bounds",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("first", sa.BigInteger, nullable=False),
    sa.Column("next", sa.BigInteger, nullable=False),
    comment="Written when old events are deleted, so that offsets never restart and a gap is never silent.",
)

TAIL_BYTES = 32 << 20
"""Of the newest events in memory: a few seconds of a full load. Who is further behind reads the file."""

PAGE = 16_384
"""An event of 1 KB does not fit into a quarter of SQLite's usual page: four times its size would be written for it."""

_APPEND = """INSERT INTO event (topic, "partition", "offset", "key", "value", at) VALUES (?, ?, ?, ?, ?, ?)"""

_READ = """SELECT "offset", "key", "value" FROM event
WHERE topic = ? AND "partition" = ? AND "offset" >= ? ORDER BY "offset" LIMIT ?"""


class SqlLog:
    """A `Log` in a SQLite file. Every group has one member, which holds all partitions."""

    def __init__(self, url: str, *, tail_bytes: int = TAIL_BYTES) -> None:
        self._database = Database(url, page=PAGE)
        self._tail = Tail(tail_bytes)
        self._lock = asyncio.Lock()
        self._first: dict[Place, int] = {}
        self._next: dict[Place, int] = {}
        self._readers: set[_SqlSubscription] = set()

    async def start(self) -> None:
        async with self._database.transaction() as tx:
            await tx.run_sync(metadata.create_all)
            bounds = (await tx.execute(sa.select(partition_bounds))).all()
            ends = await tx.execute(
                sa.select(event.c.topic, event.c.partition, sa.func.max(event.c.offset) + 1).group_by(
                    event.c.topic, event.c.partition
                )
            )
            self._first = {(row.topic, row.partition): row.first for row in bounds}
            self._next = {(row.topic, row.partition): row.next for row in bounds}
            for topic, partition, end in ends:
                self._next[topic, partition] = max(end, self._next.get((topic, partition), 0))

    async def stop(self) -> None:
        await self._database.close()

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        for topic in topics:
            for partition in range(topic.partitions):
                self._next.setdefault((topic.name, partition), 0)

    async def append(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        try:
            await uninterrupted(self._append(entries))
        except sa.exc.SQLAlchemyError as error:
            raise LogUnavailable(f"append: {type(error).__name__}") from error

    async def _append(self, entries: Sequence[Entry]) -> None:
        async with self._lock:
            ends, news, now = dict(self._next), defaultdict[Place, list[Message]](list), int(time.time())
            rows = []
            for topic, key, value in entries:
                place = (topic, partition_of(key, TOPICS[topic].partitions))
                offset = ends[place]
                ends[place] = offset + 1
                news[place].append(Message(offset, key, value))
                rows.append((*place, offset, key, value, now))
            async with self._database.transaction() as tx:
                await tx.exec_driver_sql(_APPEND, rows)
            self._next = ends
            self._tail.add(news)
        topics = {topic for topic, _ in news}
        for reader in self._readers:
            reader.wake(topics)

    async def subscribe(
        self, group: str, topics: Sequence[str], position_of: PositionOf
    ) -> "_SqlSubscription":
        reader = _SqlSubscription(self, topics, position_of)
        await reader.rewind()
        self._readers.add(reader)
        return reader

    async def ends(self, topics: Sequence[str]) -> dict[Place, int]:
        return {place: end for place, end in self._next.items() if place[0] in topics}

    def end(self, place: Place) -> int:
        """The next offset of one partition."""
        return self._next.get(place, 0)

    def first(self, place: Place) -> int:
        """The oldest offset that retention has left of one partition."""
        return self._first.get(place, 0)

    def forget(self, reader: "_SqlSubscription") -> None:
        """Stop waking `reader`."""
        self._readers.discard(reader)

    async def read(self, positions: Mapping[Place, int], limit: int) -> list[Batch]:
        """Up to `limit` messages of each partition from its position on; partitions without any are left out."""
        found, older = [], {}
        for place, position in positions.items():
            messages = self._tail.read(place, position, limit)
            if messages is None:
                older[place] = position
            elif messages:
                found.append(Batch(*place, position, messages))
        return found + await uninterrupted(self._read_file(older, limit)) if older else found

    async def _read_file(self, positions: Mapping[Place, int], limit: int) -> list[Batch]:
        found = []
        async with self._database.snapshot() as connection:
            for place, position in positions.items():
                rows = await connection.exec_driver_sql(_READ, (*place, position, limit))
                if messages := list(map(Message._make, rows)):
                    found.append(Batch(*place, position, messages))
        return found

    async def expire(self, *, now: float | None = None) -> int:
        """Delete what retention no longer keeps: old events, and all but the last state of a compacted key.

        Returns the number of events deleted. Offsets keep rising, and a reader behind the gap learns of it.
        """
        cutoff = int((now or time.time()) - RETENTION_DAYS * 86_400)
        deleted, firsts = 0, dict(self._first)
        async with self._lock, self._database.transaction() as tx:
            for topic in TOPICS.values():
                old = sa.delete(event).where(event.c.topic == topic.name)
                if topic.compacted:
                    deleted += (await tx.execute(old.where(_outdated(topic)))).rowcount
                else:
                    deleted += (await tx.execute(old.where(event.c.at < cutoff))).rowcount
                    firsts |= await self._bounds(tx, topic)
            self._tail.clear()  # before the commit, and nothing is appended meanwhile: it never holds what is deleted
        self._first = firsts
        return deleted

    async def _bounds(self, tx: AsyncConnection, topic: Topic) -> dict[Place, int]:
        """The oldest offsets left, written down so that a restart knows them."""
        oldest = await tx.execute(
            sa.select(event.c.partition, sa.func.min(event.c.offset))
            .where(event.c.topic == topic.name)
            .group_by(event.c.partition)
        )
        first_of: dict[int, int] = {row[0]: row[1] for row in oldest}
        places = [(topic.name, partition) for partition in range(topic.partitions)]
        firsts = {place: first_of.get(place[1], self.end(place)) for place in places}
        await insert_many(
            tx,
            partition_bounds,
            {
                "topic": [topic.name for _ in places],
                "partition": [partition for _, partition in places],
                "first": list(firsts.values()),
                "next": [self.end(place) for place in places],
            },
            conflict='(topic, partition) DO UPDATE SET "first" = excluded."first", "next" = excluded."next"',
        )
        return firsts


def _outdated(topic: Topic) -> sa.ColumnElement[bool]:
    """All but the last event of each key of a compacted topic."""
    last = (
        sa.select(event.c.partition, sa.func.max(event.c.offset))
        .where(event.c.topic == topic.name)
        .group_by(event.c.partition, event.c.key)
    )
    return sa.tuple_(event.c.partition, event.c.offset).not_in(last)


class _SqlSubscription:
    def __init__(self, log: SqlLog, topics: Sequence[str], position_of: PositionOf) -> None:
        self._log = log
        self._topics = frozenset(topics)
        self._position_of = position_of
        self._positions: dict[Place, int] = {}
        self._news = asyncio.Event()

    def wake(self, topics: set[str]) -> None:
        if not self._topics.isdisjoint(topics):
            self._news.set()

    async def next(self, *, wait: float, limit: int) -> list[Batch]:
        self._news.clear()
        behind = self._behind()
        if not behind:
            try:
                async with asyncio.timeout(
                    wait
                ):  # `wait_for` can swallow a cancellation that comes with the news
                    await self._news.wait()
            except TimeoutError:
                return []
            behind = self._behind()
        share = max(1, limit // max(1, len(behind)))
        positions = {place: self._positions[place] for place in behind}
        batches = await self._log.read(positions, share)
        for batch in batches:
            self._positions[batch.topic, batch.partition] = batch.next_offset
        return batches

    def _behind(self) -> list[Place]:
        for place, position in self._positions.items():
            if 0 < position < self._log.first(place):
                raise PositionLost(f"{place[0]}[{place[1]}] no longer holds offset {position}")
        return [
            place
            for place, position in self._positions.items()
            if max(position, self._log.first(place)) < self._log.end(place)
        ]

    async def rewind(self) -> None:
        for place in await self._log.ends(sorted(self._topics)):
            self._positions[place] = await self._position_of(*place) or 0

    async def close(self) -> None:
        self._log.forget(self)
