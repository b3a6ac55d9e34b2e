"""Distributed mode on real engines: the same day, the same promises."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy.ext.asyncio import create_async_engine

from deploy.cluster import DATABASES
from deploy.engines import database_url
from kernel.contracts.topics import TOPICS
from tests.flow.platforms import cluster, credentials_of
from tests.flow.scenario import a_day
from tests.flow.test_embedded import stored
from tests.privacy.canaries import as_bytes, contents, found_in

pytestmark = [pytest.mark.flow, pytest.mark.engines]


def test_a_day_leaves_portraits_and_no_personal_data_in_clear(
    tmp_path: Path, postgres_server_url: str, kafka_bootstrap: str
) -> None:
    with cluster(
        tmp_path / "data", tmp_path / "keys", postgres_server_url, kafka_bootstrap, database_prefix="day_"
    ) as platform:
        asyncio.run(a_day(platform.base_url, credentials_of(platform.data_dir)))
        events = asyncio.run(collected(every_event(kafka_bootstrap)))
        rows = asyncio.run(collected(every_cell(postgres_server_url)))
    assert len(events) > 100
    assert len(rows) > 1000
    assert found_in(events) == []
    assert found_in(rows) == []
    for place in stored(tmp_path):
        assert found_in(contents(place)) == []


async def collected(parts: AsyncIterator[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """All of `parts`."""
    return [part async for part in parts]


async def every_event(bootstrap: str) -> AsyncIterator[tuple[str, bytes]]:
    """Every message of every topic, decompressed by a client of its own."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        places = [
            TopicPartition(name, number)
            for name, topic in TOPICS.items()
            for number in range(topic.partitions)
        ]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        waiting = {place for place, end in ends.items() if end}
        while waiting:
            for place, messages in (await consumer.getmany(timeout_ms=500)).items():
                for message in messages:
                    yield f"topic {place.topic}", (message.key or b"") + b"\n" + (message.value or b"")
            waiting = {place for place in waiting if await consumer.position(place) < ends[place]}
    finally:
        await consumer.stop()


async def every_cell(server: str) -> AsyncIterator[tuple[str, bytes]]:
    """Every cell of every table of every database, as bytes."""
    for name in DATABASES:
        engine = create_async_engine(database_url(server, f"day_{name}"))
        async with engine.connect() as connection:
            tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
            for table in tables:
                for row in await connection.execute(sa.text(f'SELECT * FROM "{table}"')):
                    for cell in row:
                        yield f"table {name}.{table}", as_bytes(cell)
        await engine.dispose()
