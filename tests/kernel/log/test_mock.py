"""The Kafka log over the wire, against librdkafka's mock cluster: quick, and brokers that fail when told to."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from aiokafka import TopicPartition

from kernel.contracts.topics import Topic
from kernel.log import kafka
from kernel.log.open import open_log as open_url
from kernel.log.port import Log, LogUnavailable
from tests.kernel.log.contract import Heal, Join, LogContract, Open
from tests.kernel.log.mock_cluster import PRODUCE, MockCluster
from tests.kernel.log.reader import Shelf, entries, read

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

NOT_LEADER, TOO_LARGE, TIMED_OUT = 6, 10, 7


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    cluster = MockCluster()
    yield cluster
    cluster.close()


@pytest.fixture
async def open_log(cluster: MockCluster) -> AsyncIterator[Open]:
    opened = []

    async def opening() -> Log:
        log = open_url(f"kafka://{cluster.bootstrap}")
        await log.start()
        opened.append(log)
        return log

    yield opening
    for log in opened:
        await log.stop()


class TestMockCluster(LogContract):
    can_share = False
    """Its groups are simpler than a broker's: a second member is let in only when the first one's session ends."""

    @pytest.fixture
    def topic(self, fresh_topic: Topic, cluster: MockCluster) -> Topic:
        self.cluster = cluster
        cluster.make_topic(fresh_topic.name, fresh_topic.partitions)
        return fresh_topic

    async def forget(self, log: Log, topic: Topic) -> None:
        for (name, partition), end in (await log.ends([topic.name])).items():
            self.cluster.delete_records(name, partition, end)

    async def cut(self, log: Log, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> Heal:
        monkeypatch.setattr(kafka, "ACKNOWLEDGE_S", 1.0)
        self.cluster.set_down()

        async def heal() -> None:
            monkeypatch.setattr(kafka, "ACKNOWLEDGE_S", 20.0)
            self.cluster.set_up()

        return heal

    async def test_passing_troubles_of_a_broker_are_waited_out(
        self, log: Log, ready: Topic, join: Join
    ) -> None:
        self.cluster.refuse(PRODUCE, NOT_LEADER, TIMED_OUT, NOT_LEADER)
        await log.append(entries(ready.name, range(50), keys=1))
        shelf = Shelf()
        subscription = await join(shelf)
        await read(subscription, shelf, 50)
        assert list(map(int, shelf.values)) == list(range(50))

    async def test_a_refusal_for_good_does_not_end_the_log(self, log: Log, ready: Topic) -> None:
        self.cluster.refuse(PRODUCE, TOO_LARGE)
        with pytest.raises(LogUnavailable, match="MessageSizeTooLarge"):
            await log.append(entries(ready.name, range(50), keys=1))
        await log.append(entries(ready.name, range(50), keys=1))
        assert sum((await log.ends([ready.name])).values()) == 50

    async def test_a_stop_does_not_wait_for_a_broker_that_is_gone(
        self, log: Log, ready: Topic, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(kafka, "STOP_S", 0.2)
        await self.cut(log, ready, monkeypatch)
        with pytest.raises(LogUnavailable, match="TimeoutError"):
            await log.append(entries(ready.name, range(50)))
        await log.stop()

    async def test_what_was_read_ahead_is_dropped_when_partitions_move(
        self, log: Log, ready: Topic, join: Join
    ) -> None:
        await log.append(entries(ready.name, range(50)))
        shelf = Shelf()
        subscription = await join(shelf)
        await read(subscription, Shelf(), 10, limit=10)
        subscription.on_partitions_revoked(())  # type: ignore[attr-defined]
        assert subscription._batch(TopicPartition(ready.name, 0), []) is None  # type: ignore[attr-defined]
        await read(subscription, shelf, 50)
        assert sorted(map(int, shelf.values)) == list(range(50))
        assert shelf.fenced == 0

    async def test_a_topic_of_another_width_is_refused(self, log: Log, ready: Topic) -> None:
        wider = Topic(ready.name, ready.owner, ready.events, partitions=24)
        with pytest.raises(ValueError, match="has 12 partitions, not the registry's 24"):
            await log.create_topics([wider])


async def test_a_log_that_is_not_there_says_so_at_start(unused_tcp_port_factory: Callable[[], int]) -> None:
    with pytest.raises(LogUnavailable):
        await open_url(f"kafka://127.0.0.1:{unused_tcp_port_factory()}").start()
