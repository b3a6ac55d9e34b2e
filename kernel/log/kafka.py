"""The event log of distributed mode: Apache Kafka. No other module imports aiokafka.

The client's defaults lose events (`acks=1`, automatic commits, a start at the end), so each is overridden here.
Groups only share the partitions out; where a reader stands is its own database's business, and nothing is
committed to Kafka. No transactions either: a sequence in each event tells a repeated one.
"""

import asyncio
import logging
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    KafkaError,
    NoError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.structs import TopicPartition

from kernel.contracts.topics import RETENTION_DAYS, TOPICS, Topic, partition_of
from kernel.log.port import Batch, Entry, LogUnavailable, Message, PositionLost, PositionOf, Subscription

Client = TypeVar("Client", AIOKafkaProducer, AIOKafkaConsumer, AIOKafkaAdminClient)

START_S = 30.0
"""Covers a group that waits for the session of a killed member to run out."""

ACKNOWLEDGE_S = 30.0
"""Covers a broker's restart (about 10 s). The idempotent producer itself would try for ever."""

STOP_S = 5.0

REQUEST_MS = 10_000

SESSION_MS, HEARTBEAT_MS = 6_000, 1_000
"""A killed member holds its partitions for one session."""

FETCH_WAIT_MS = 250
"""A partition that was just read waits for the running fetch of the others, at most this long."""

BATCH_BYTES = 256 * 1024
"""The default of 16 KiB holds 26 events, and a batch is sent for 2 µs an event only where it is full."""

BATCH_FROM = 4
"""From so many entries a partition on, a batch of one's own is cheaper than handing them over singly."""

EVENT_BYTES = 8 * 1024 * 1024
"""A record may have 5 MB; what the API accepted must fit into the log."""

DAY_MS = 86_400_000

CLIENT_LOGGERS = (
    "aiokafka",
    "aiokafka.conn",
    "aiokafka.cluster",
    "aiokafka.consumer.fetcher",
    "aiokafka.consumer.group_coordinator",
    "aiokafka.producer.sender",
)


class KafkaLog:
    """A `Log` in Apache Kafka. Entries are acknowledged by all in-sync replicas; members of a group share partitions."""

    def __init__(self, bootstrap: str) -> None:
        """`bootstrap`: `host:port`, several separated by commas."""
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None
        self._watcher: AIOKafkaConsumer | None = None
        self._opening = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        for name in CLIENT_LOGGERS:
            logging.getLogger(name).setLevel(logging.ERROR)  # below are retries, which are expected
            logging.getLogger(name).addFilter(_sparing())
        with _faults("start"):
            self._watcher = await _started(_consumer(self._bootstrap, None))
        await self._writer()

    async def stop(self) -> None:
        if self._producer is not None:
            self._retire(self._producer)
        await asyncio.gather(*self._leaving, return_exceptions=True)
        if self._watcher is not None:
            await self._watcher.stop()

    async def create_topics(self, topics: Iterable[Topic]) -> None:
        """Make the topics that are missing, with the keeping that the registry says.

        Raises ValueError where one exists with another number of partitions than the registry's. A cluster that
        offers no administration (no controller in its metadata, such as a mock that makes topics when they are
        first asked for) keeps events as it is set up to; that is logged.
        """
        wanted = list(topics)
        with _faults("create topics"):
            admin = await _started(
                AIOKafkaAdminClient(bootstrap_servers=self._bootstrap, request_timeout_ms=REQUEST_MS)
            )
            try:
                if await _administrable(admin):
                    await _create(admin, wanted)
                async with asyncio.timeout(START_S):
                    await _await_leaders(admin, wanted)
            finally:
                await admin.close()

    async def append(self, entries: Sequence[Entry]) -> None:
        places: dict[tuple[str, int], list[Entry]] = {}
        for entry in entries:
            partition = partition_of(entry.key, TOPICS[entry.topic].partitions)
            places.setdefault((entry.topic, partition), []).append(entry)
        producer = await self._writer()
        with _faults("append"):
            async with asyncio.timeout(ACKNOWLEDGE_S):
                try:
                    await _all(_send(producer, *place, part) for place, part in places.items())
                except KafkaError:
                    self._retire(producer)
                    raise

    async def subscribe(self, group: str, topics: Sequence[str], position_of: PositionOf) -> Subscription:
        """Join `group`; each partition is read from `position_of`, or from the beginning where that is None.

        Raises LogUnavailable where the group cannot be joined in time.
        """
        member = _KafkaSubscription(_consumer(self._bootstrap, group), position_of)
        with _faults("subscribe"):
            await member.join(topics)
        return member

    async def ends(self, topics: Sequence[str]) -> dict[tuple[str, int], int]:
        assert self._watcher is not None, "start() comes first"  # noqa: S101 - a mistake in our own code
        places = [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in range(TOPICS[topic].partitions)
        ]
        with _faults("ends"):
            return {tuple(place): end for place, end in (await self._watcher.end_offsets(places)).items()}

    async def _writer(self) -> AIOKafkaProducer:
        """The producer; a new one after a failure: an idempotent producer never gets over a number lost."""
        async with self._opening:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    acks="all",
                    enable_idempotence=True,
                    compression_type="zstd",  # events are alike: a tenth of the bytes to send, keep and read
                    max_batch_size=BATCH_BYTES,
                    max_request_size=EVENT_BYTES,
                    request_timeout_ms=REQUEST_MS,
                )
                with _faults("start"):
                    self._producer = await _started(producer)
            return self._producer

    def _retire(self, producer: AIOKafkaProducer) -> None:
        if self._producer is producer:
            self._producer = None
            leaving = asyncio.create_task(_stopped(producer))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)


class _KafkaSubscription(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is not typed
    """One member. Only `next` and `rewind`, called by one task, seek; the listener only says that they must.

    A listener that asked the database itself could not be stopped while the database is paused.
    """

    def __init__(self, consumer: AIOKafkaConsumer, position_of: PositionOf) -> None:
        self._consumer = consumer
        self._position_of = position_of
        self._positions: dict[TopicPartition, int] = {}
        self._moved = True

    async def join(self, topics: Sequence[str]) -> None:
        self._consumer.subscribe(topics, listener=self)
        await _started(self._consumer)

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self._positions.clear()
        self._moved = True

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._positions.clear()
        self._moved = True

    async def next(self, *, wait: float, limit: int) -> list[Batch]:
        with _faults("read"):
            if self._moved:
                await self.rewind()
            if (
                self._consumer._fetcher.error_future.done()
            ):  # it says so nowhere else, and would be silent for ever
                raise LogUnavailable("the reader has stopped")
            try:
                async with asyncio.timeout(
                    wait + 0.5
                ):  # while the group is sorted out, getmany knows no time
                    found = await self._consumer.getmany(timeout_ms=int(wait * 1000), max_records=limit)
            except (
                TimeoutError,
                NoOffsetForPartitionError,
            ):  # the second: assigned a moment ago, no seek yet
                return []
        return [batch for place, records in found.items() if (batch := self._batch(place, records))]

    def _batch(self, place: TopicPartition, records: list[Any]) -> Batch | None:
        position = self._positions.get(place)
        if position is None:  # given away while these were on their way; whoever holds it reads them
            return None
        messages = [Message(record.offset, record.key or b"", record.value or b"") for record in records]
        batch = Batch(place.topic, place.partition, position, messages)
        self._positions[place] = batch.next_offset
        return batch

    async def rewind(self) -> None:
        while True:
            self._moved = False
            assigned = self._consumer.assignment()
            stored = {place: await self._position_of(*place) or 0 for place in assigned}
            with _faults("rewind"):
                firsts = await self._consumer.beginning_offsets(
                    [place for place in assigned if not stored[place]]
                )
            if not self._moved:  # else the group was sorted out again meanwhile
                break
        for place, position in stored.items():
            self._consumer.seek(place, position or firsts[place])
        self._positions = stored

    async def close(self) -> None:
        await self._consumer.stop()


def _consumer(bootstrap: str, group: str | None) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="none",  # "earliest" would hide a gap
        session_timeout_ms=SESSION_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
        request_timeout_ms=REQUEST_MS,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        fetch_max_bytes=2 * EVENT_BYTES,
    )


async def _started(client: Client) -> Client:
    try:
        async with asyncio.timeout(START_S):
            await client.start()
    except BaseException:
        await (client.close() if isinstance(client, AIOKafkaAdminClient) else client.stop())
        raise
    return client


async def _stopped(producer: AIOKafkaProducer) -> None:
    """Flush and disconnect; what no broker has taken after some seconds is given up."""
    stopping = asyncio.ensure_future(producer.stop())
    if not (await asyncio.wait([stopping], timeout=STOP_S))[0]:
        producer._sender.sender_task.cancel()  # stop() itself waits for as long as the brokers are away
    await stopping


async def _send(producer: AIOKafkaProducer, topic: str, partition: int, entries: list[Entry]) -> None:
    """Send the entries of one partition in order; done when all are acknowledged."""
    if len(entries) < BATCH_FROM:
        await _all(
            [await producer.send(topic, entry.value, entry.key, partition=partition) for entry in entries]
        )
        return
    now = int(time.time() * 1000)
    waiting = []
    batch = producer.create_batch()
    for _, key, value in entries:
        if batch.append(timestamp=now, key=key, value=value) is None:
            waiting.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(timestamp=now, key=key, value=value)
    batch.close()
    waiting.append(await producer.send_batch(batch, topic, partition=partition))
    await _all(waiting)


async def _all(works: Iterable[Any]) -> None:
    """Await everything to its end, then raise the first failure: nothing is still on its way when this raises."""
    for result in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result


async def _administrable(admin: AIOKafkaAdminClient) -> bool:
    cluster = await admin.describe_cluster()
    if cluster["controller_id"] in {broker["node_id"] for broker in cluster["brokers"]}:
        return True
    structlog.get_logger().warning("the log's topics are made and kept by its own rules")
    return False


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    existing = set(await admin.list_topics())
    missing = [topic for topic in topics if topic.name not in existing]
    if not missing:
        return
    response = await admin.create_topics(
        [
            NewTopic(topic.name, topic.partitions, -1, replica_assignments={}, topic_configs=_keeping(topic))
            for topic in missing
        ]
    )
    for name, code, *_ in response.topic_errors:
        fault = for_code(code)
        if fault not in (NoError, TopicAlreadyExistsError):  # another service was first
            raise fault(name)


def _keeping(topic: Topic) -> dict[str, str]:
    """The topic's configuration; a segment a day, because only closed segments are deleted or compacted."""
    daily = {"segment.ms": str(DAY_MS), "max.message.bytes": str(EVENT_BYTES)}
    if topic.compacted:
        return daily | {"cleanup.policy": "compact", "max.compaction.lag.ms": str(DAY_MS)}
    return daily | {"cleanup.policy": "delete", "retention.ms": str(RETENTION_DAYS * DAY_MS)}


async def _await_leaders(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    """Return when each partition has a leader: a producer that comes earlier is refused."""
    waiting = {topic.name: topic.partitions for topic in topics}
    while waiting:
        for found in await admin.describe_topics(list(waiting)):
            name, partitions = found["topic"], found["partitions"]
            if found["error_code"] or not partitions:
                continue
            if len(partitions) != waiting[name]:
                raise ValueError(
                    f"{name} has {len(partitions)} partitions, not the registry's {waiting[name]}"
                )
            if all(partition["leader"] >= 0 for partition in partitions):
                del waiting[name]
        if waiting:
            await asyncio.sleep(0.05)


class _Sparing(logging.Filter):
    """Lets each kind of complaint through once a minute: while a broker is away the client makes dozens a second."""

    def __init__(self) -> None:
        super().__init__()
        self._until: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        kind, now = str(record.msg), time.monotonic()
        if now < self._until.get(kind, 0.0):
            return False
        self._until[kind] = now + 60.0
        return True


@cache
def _sparing() -> _Sparing:
    return _Sparing()


@contextmanager
def _faults(doing: str) -> Iterator[None]:
    """Kafka's errors as the port's."""
    try:
        yield
    except OffsetOutOfRangeError as error:
        places = ", ".join(f"{place.topic}[{place.partition}] at {at}" for place, at in error.args[0].items())
        raise PositionLost(f"no longer in the log: {places}") from error
    except (KafkaError, TimeoutError) as error:
        raise LogUnavailable(f"{doing}: {type(error).__name__}") from error
