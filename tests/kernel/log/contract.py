"""What every log promises. Each backend's module subclasses `LogContract`, opens its log, and says what it cannot do."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol
from uuid import uuid4

import pytest

from kernel.contracts.records import RecordAccepted
from kernel.contracts.topics import PARTITIONS, TOPICS, Topic, partition_of
from kernel.log.port import Entry, Log, LogUnavailable, PositionLost, Subscription
from tests.kernel.log.reader import Shelf, drain, entries, keys_of, read

Open = Callable[[], Awaitable[Log]]
Heal = Callable[[], Awaitable[None]]


class Join(Protocol):
    """How a test joins a group, whose positions the shelf holds."""

    async def __call__(self, shelf: Shelf, group: str = "", on: Log = ...) -> Subscription: ...


class LogContract:
    """The promises. `open_log` opens the same log again and again; each is stopped at the end of the test."""

    can_share = True
    """Members of a group share partitions (a log of one process has one member)."""

    async def forget(self, log: Log, topic: Topic) -> None:
        """Delete all events of `topic` as retention does it."""
        raise NotImplementedError

    async def cut(self, log: Log, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> Heal:
        """Make the log refuse what is appended; returns what heals it."""
        raise NotImplementedError

    @pytest.fixture
    async def log(self, open_log: Open) -> Log:
        return await open_log()

    @pytest.fixture
    def fresh_topic(self, monkeypatch: pytest.MonkeyPatch) -> Topic:
        name = f"contract.{uuid4().hex}"
        monkeypatch.setitem(TOPICS, name, Topic(name, "contract", (RecordAccepted,)))
        return TOPICS[name]

    @pytest.fixture
    def topic(self, fresh_topic: Topic) -> Topic:
        return fresh_topic

    @pytest.fixture
    async def ready(self, log: Log, topic: Topic) -> AsyncIterator[Topic]:
        await log.create_topics([topic])
        yield topic

    @pytest.fixture
    async def join(self, log: Log, ready: Topic) -> AsyncIterator[Join]:
        """Join a group on `log`, or on another; whoever is in a group at the end leaves it."""
        joined: list[Subscription] = []
        name = uuid4().hex

        async def joining(shelf: Shelf, group: str = "", on: Log = log) -> Subscription:
            member = await on.subscribe(f"group-{name}{group}", [ready.name], shelf.position_of)
            joined.append(member)
            return member

        yield joining
        for member in joined:
            await member.close()

    async def test_creating_topics_again_changes_nothing(self, log: Log, ready: Topic) -> None:
        await log.append(entries(ready.name, range(10)))
        await log.create_topics([ready])
        assert sum((await log.ends([ready.name])).values()) == 10

    async def test_events_of_a_key_stay_in_order(self, log: Log, ready: Topic, join: Join) -> None:
        for start in range(0, 300, 50):
            await log.append(entries(ready.name, range(start, start + 50), keys=7))
        shelf = Shelf()
        subscription = await join(shelf)
        await read(subscription, shelf, 300)
        for key in range(7):
            assert shelf.values_of(b"key-%d" % key) == [b"%d" % value for value in range(key, 300, 7)]

    async def test_a_key_decides_the_partition(self, log: Log, ready: Topic, join: Join) -> None:
        await log.append(entries(ready.name, range(100)))
        shelf = Shelf()
        subscription = await join(shelf)
        await read(subscription, shelf, 100)
        for (_, partition), messages in shelf.applied.items():
            assert {partition_of(message.key, PARTITIONS) for message in messages} == {partition}

    async def test_what_was_appended_is_there_for_who_opens_the_log_anew(
        self, log: Log, ready: Topic, open_log: Open, join: Join
    ) -> None:
        await log.append(entries(ready.name, range(100)))
        await log.stop()
        again = await open_log()
        await again.create_topics([ready])
        shelf = Shelf()
        subscription = await join(shelf, on=again)
        await read(subscription, shelf, 100)
        assert sorted(map(int, shelf.values)) == list(range(100))

    async def test_a_group_starts_at_the_beginning_and_resumes_where_it_stood(
        self, log: Log, ready: Topic, join: Join
    ) -> None:
        await log.append(entries(ready.name, range(60)))
        shelf = Shelf()
        first = await join(shelf)
        await read(first, shelf, 60, limit=7)
        await first.close()
        await log.append(entries(ready.name, range(60, 90)))
        second = await join(shelf)
        await read(second, shelf, 90)
        assert await drain(second, shelf) == 0
        assert sorted(map(int, shelf.values)) == list(range(90))
        assert shelf.fenced == 0

    async def test_a_position_of_zero_is_the_beginning(self, log: Log, ready: Topic, join: Join) -> None:
        await log.append(entries(ready.name, range(20)))
        shelf = Shelf({(ready.name, partition): 0 for partition in range(PARTITIONS)})
        subscription = await join(shelf)
        await read(subscription, shelf, 20)
        assert shelf.fenced == 0

    async def test_a_rewind_reads_again_from_the_stored_positions(
        self, log: Log, ready: Topic, join: Join
    ) -> None:
        await log.append(entries(ready.name, range(30)))
        shelf, lost = Shelf(), Shelf()
        subscription = await join(shelf)
        await read(subscription, lost, 30)
        await subscription.rewind()
        await read(subscription, shelf, 30)
        assert shelf.applied == lost.applied

    async def test_a_reader_hears_of_what_is_appended_while_it_waits(
        self, log: Log, ready: Topic, join: Join
    ) -> None:
        shelf = Shelf()
        subscription = await join(shelf)
        assert await subscription.next(wait=0.2, limit=10) == []
        await log.append(entries(ready.name, range(5)))
        await read(subscription, shelf, 5)

    async def test_a_read_is_bounded(self, log: Log, ready: Topic, join: Join) -> None:
        await log.append(entries(ready.name, range(400)))
        shelf = Shelf()
        subscription = await join(shelf)
        sizes = []
        while len(shelf.values) < 400:
            batches = await subscription.next(wait=5.0, limit=20)
            sizes.append(sum(len(batch.messages) for batch in batches))
            for batch in batches:
                assert shelf.apply(batch)
        assert max(sizes) <= 20 + PARTITIONS

    async def test_two_groups_read_everything_each(self, log: Log, ready: Topic, join: Join) -> None:
        await log.append(entries(ready.name, range(50)))
        one, two = Shelf(), Shelf()
        ours = await join(one)
        theirs = await join(two, "-other")
        await read(ours, one, 50)
        await read(theirs, two, 50)
        assert sorted(one.values) == sorted(two.values)

    async def test_ends_are_the_next_offsets(self, log: Log, ready: Topic) -> None:
        assert await log.ends([ready.name]) == {(ready.name, part): 0 for part in range(PARTITIONS)}
        key = keys_of(1, PARTITIONS, 1)[0]
        await log.append([Entry(ready.name, key, b"x")] * 3)
        assert (await log.ends([ready.name]))[ready.name, 1] == 3

    async def test_twenty_thousand_entries_go_in_at_once(self, log: Log, ready: Topic, join: Join) -> None:
        many = entries(ready.name, range(20_000), keys=900, tag="x" * 500)
        await log.append(many)
        shelf = Shelf()
        subscription = await join(shelf)
        await read(subscription, shelf, 20_000, limit=4_000)
        assert sorted(shelf.values) == sorted(entry.value for entry in many)
        for key in (b"key-0", b"key-899"):
            assert shelf.values_of(key) == [entry.value for entry in many if entry.key == key]

    async def test_an_entry_of_five_megabytes_fits(self, log: Log, ready: Topic, join: Join) -> None:
        await log.append([Entry(ready.name, b"k", b"v" * 5_000_000)])
        shelf = Shelf()
        subscription = await join(shelf)
        await read(subscription, shelf, 1)
        assert len(shelf.values[0]) == 5_000_000

    async def test_a_refused_append_says_so_and_can_be_repeated(
        self, log: Log, ready: Topic, join: Join, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await log.append(entries(ready.name, range(10)))
        heal = await self.cut(log, ready, monkeypatch)
        with pytest.raises(LogUnavailable):
            await log.append(entries(ready.name, range(10, 2_000), tag="x" * 500))
        await heal()
        await log.append(entries(ready.name, range(10, 20)))
        shelf = Shelf()
        subscription = await join(shelf)
        await read(subscription, shelf, 20)
        await drain(subscription, shelf)
        assert set(range(20)) <= {int(value.strip(b"x")) for value in shelf.values}

    async def test_a_position_that_retention_passed_is_not_skipped_silently(
        self, log: Log, ready: Topic, join: Join
    ) -> None:
        await log.append(entries(ready.name, range(100)))
        await self.forget(log, ready)
        late = Shelf({(ready.name, partition): 1 for partition in range(PARTITIONS)})
        subscription = await join(late)
        for _ in range(2):  # and it is said again to whoever asks again
            with pytest.raises(PositionLost, match=ready.name):
                await read(subscription, late, 1)

    async def test_a_new_group_of_a_log_that_forgot_everything_just_waits(
        self, log: Log, ready: Topic, join: Join
    ) -> None:
        await log.append(entries(ready.name, range(100)))
        await self.forget(log, ready)
        subscription = await join(Shelf())
        began = time.monotonic()
        assert await subscription.next(wait=0.3, limit=10) == []
        assert time.monotonic() - began > 0.2

    async def test_offsets_go_on_where_everything_was_deleted(
        self, log: Log, ready: Topic, open_log: Open, join: Join
    ) -> None:
        await log.append(entries(ready.name, range(100)))
        ends = await log.ends([ready.name])
        await self.forget(log, ready)
        await log.stop()
        again = await open_log()
        await again.create_topics([ready])
        assert await again.ends([ready.name]) == ends
        await again.append(entries(ready.name, range(100, 120)))
        shelf = Shelf()
        subscription = await join(shelf, on=again)
        await read(subscription, shelf, 20)
        assert sorted(map(int, shelf.values)) == list(range(100, 120))
        assert shelf.positions.items() <= (await again.ends([ready.name])).items()

    async def test_members_share_partitions_and_inherit_them(
        self, log: Log, ready: Topic, open_log: Open, join: Join
    ) -> None:
        if not self.can_share:
            pytest.skip("a group of this log has one member")
        other = await open_log()
        shelf = Shelf()
        one = await join(shelf)
        two = await join(shelf, on=other)
        await drain(one, shelf)
        await log.append(entries(ready.name, range(400), keys=200))
        await drain(one, shelf)
        alone = len(shelf.values)
        assert 0 < alone < 400
        await drain(two, shelf)
        assert sorted(map(int, shelf.values)) == list(range(400))
        await one.close()
        await log.append(entries(ready.name, range(400, 500), keys=200))
        await read(two, shelf, 500)
        assert sorted(map(int, shelf.values)) == list(range(500))
