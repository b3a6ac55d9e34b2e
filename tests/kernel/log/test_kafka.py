"""The Kafka log against a real Apache Kafka."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from kernel.contracts.topics import Topic
from kernel.log.open import open_log as open_url
from kernel.log.port import Log
from tests.kernel.log.contract import Heal, LogContract, Open
from tests.kernel.log.reader import Shelf, entries, read


@pytest.fixture
async def open_log(kafka_bootstrap: str) -> AsyncIterator[Open]:
    opened = []

    async def opening() -> Log:
        log = open_url(f"kafka://{kafka_bootstrap}")
        await log.start()
        opened.append(log)
        return log

    yield opening
    for log in opened:
        await log.stop()


@asynccontextmanager
async def administration(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    yield admin
    await admin.close()


async def configuration(bootstrap: str, topic: Topic) -> dict[str, str]:
    """The topic's settings as the broker has them."""
    async with administration(bootstrap) as admin:
        (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name)])
    return {entry[0]: entry[1] for entry in answer.resources[0][4]}


MEMBER = """
import asyncio, sys
from kernel.contracts.records import RecordAccepted
from kernel.contracts.topics import TOPICS, Topic
from kernel.log.open import open_log

async def main(bootstrap: str, topic: str, group: str) -> None:
    TOPICS[topic] = Topic(topic, "contract", (RecordAccepted,))
    log = open_log(f"kafka://{bootstrap}")
    await log.start()
    async def nowhere(topic: str, partition: int) -> None:
        return None
    member = await log.subscribe(group, [topic], nowhere)
    print("joined", flush=True)
    while True:
        await member.next(wait=1.0, limit=10)

asyncio.run(main(*sys.argv[1:]))
"""


class TestKafkaLog(LogContract):
    @pytest.fixture(autouse=True)
    def _address(self, kafka_bootstrap: str) -> None:
        self.bootstrap = kafka_bootstrap

    async def forget(self, log: Log, topic: Topic) -> None:
        ends = await log.ends([topic.name])
        deleted = {TopicPartition(*place): RecordsToDelete(end) for place, end in ends.items()}
        async with administration(self.bootstrap) as admin:
            await admin.delete_records(deleted)

    async def cut(self, log: Log, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> Heal:
        """Let the broker refuse batches of any size: a failure that no retry heals."""
        await self._bound(topic, 100)
        return lambda: self._bound(topic, 1_000_000)

    async def _bound(self, topic: Topic, size: int) -> None:
        settings = {"max.message.bytes": str(size)}
        async with administration(self.bootstrap) as admin:
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, settings)])
        await asyncio.sleep(0.5)  # the broker takes it over in the background

    async def test_event_topics_are_kept_for_days_and_roll_daily(self, log: Log, ready: Topic) -> None:
        kept = await configuration(self.bootstrap, ready)
        assert kept["cleanup.policy"] == "delete"
        assert kept["retention.ms"] == str(14 * 86_400_000)
        assert kept["segment.ms"] == str(86_400_000)

    async def test_state_topics_are_compacted(self, log: Log, topic: Topic) -> None:
        state = Topic(topic.name, "contract", topic.events, compacted=True)
        await log.create_topics([state])
        assert (await configuration(self.bootstrap, state))["cleanup.policy"] == "compact"

    async def test_a_killed_member_gives_its_partitions_up_within_seconds(
        self, log: Log, ready: Topic
    ) -> None:
        group = f"group-{uuid4().hex}"
        command = [sys.executable, "-c", MEMBER, self.bootstrap, ready.name, group]
        member = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        assert member.stdout is not None
        assert await member.stdout.readline() == b"joined\n"
        member.kill()
        await member.communicate()
        await log.append(entries(ready.name, range(100)))
        began, shelf = time.monotonic(), Shelf()
        subscription = await log.subscribe(group, [ready.name], shelf.position_of)
        await read(subscription, shelf, 100)
        await subscription.close()
        assert time.monotonic() - began < 12.0
