"""What an event costs on its way outbox -> relay -> log -> consumer: CPU of this process, and wall time.

`python -m bench.log_pipe` measures embedded mode (SQLite twice); with `--engines` PostgreSQL and Apache Kafka,
started for the occasion. Prints microseconds an event, and a turn (one small transaction, relayed and consumed
at once): what it costs to keep up. The consumer's handler does nothing; servers are not counted.
"""

import argparse
import asyncio
import cProfile
import gc
import pstats
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.engines import create_databases, database_url, kafka_broker, postgres_server
from kernel.contracts.event import Event
from kernel.contracts.records import ConsentEvidence, RecordAccepted
from kernel.contracts.topics import TOPICS
from kernel.ids import new_id
from kernel.log.open import open_log
from kernel.log.port import Log
from kernel.store.consumer import Consumer, Handler
from kernel.store.engine import Database
from kernel.store.outbox import publish
from kernel.store.relay import Relay
from kernel.store.tables import StoreTables, store_tables

TOPIC = "records.accepted"
PART = 20
"""Events of a turn: what a consumer that keeps up finds."""


def record(now: datetime) -> RecordAccepted:
    """An accepted purchase of about 600 bytes."""
    return RecordAccepted(
        id=new_id(),
        version=1,
        subject=new_id(),
        occurred_at=now,
        recorded_at=now,
        record_id=new_id(),
        source="pos-hcm-01",
        channel="transaction",
        kind="transaction",
        payload={
            "order_id": "A-1",
            "total": 215_000,
            "items": [{"sku": "S1", "quantity": 2, "unit_price": 107_500}],
        },
        traits={"province": "79", "gender": "female", "birth_year": 1990},
        indexes={"phone": ("Q2hhbmR1bmctYmxpbmQtaW5kZXgtMDE",)},
        consent=ConsentEvidence("core", 3, ("service", "analytics"), "form", now),
    )


@contextmanager
def measured(stage: str, count: int, profile: str, one: str = "an event") -> Iterator[None]:
    """Print what the block cost each of `count`."""
    profiler = cProfile.Profile() if profile == stage else None
    cpu, wall = time.process_time(), time.perf_counter()
    if profiler:
        profiler.enable()
    yield
    if profiler:
        profiler.disable()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(f"{stage:10} {cpu / count * 1e6:7.2f} us CPU {wall / count * 1e6:7.2f} us wall  {one}")
    if profiler:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(28)


@asynccontextmanager
async def pipe(database_url: str, log_url: str) -> AsyncIterator[tuple[Database, StoreTables, Log]]:
    """An empty service's database and a log."""
    metadata = sa.MetaData()
    store = store_tables(metadata)
    database, log = Database(database_url), open_log(log_url)
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    await log.start()
    await log.create_topics(TOPICS.values())
    yield database, store, log
    await log.stop()
    await database.close()


async def nothing(_tx: AsyncConnection, _events: Sequence[Event]) -> None:
    """The handler of a consumer that only consumes."""


async def run(database_url: str, log_url: str, events: int, batch: int, profile: str) -> None:
    """Publish, relay and consume `events` events, in outbox rows of `batch`; then a few at a time, all in step."""
    turns = min(500, events // PART)
    async with pipe(database_url, log_url) as (database, store, log):
        now = datetime.now(UTC)
        made = [record(now) for _ in range(events)]
        gc.freeze()
        with measured("publish", events, profile):
            for start in range(0, events, batch):
                async with database.transaction() as tx:
                    await publish(tx, store, made[start : start + batch])
        relay = Relay("bench", database, store, log)
        with measured("relay", events, profile):
            sent = await relay.cycle()
            while sent:
                sent = await relay.cycle(sent)
        consumer = Consumer("bench", database, store, log, [Handler(TOPIC, "analytics", nothing)])
        member = await log.subscribe("bench", [TOPIC], consumer.position_of)
        with measured("consume", events, profile):
            applied = 0
            while applied < events:
                applied += await consumer.step(member)
        with measured("in step", turns, profile, "a turn"):
            for turn in range(turns):
                async with database.transaction() as tx:
                    await publish(tx, store, made[turn * PART : (turn + 1) * PART])
                sent, applied = await relay.cycle(sent), 0
                while applied < PART:
                    applied += await consumer.step(member)
        await member.close()


def main() -> None:
    """Run with the mode that the command line names."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--engines", action="store_true", help="PostgreSQL and Apache Kafka")
    options.add_argument("--database", help="an empty database's URL, instead of one made for the occasion")
    options.add_argument("--log", help="a log's URL, instead of one made for the occasion")
    options.add_argument("--events", type=int, default=40_000)
    options.add_argument("--batch", type=int, default=500, help="events an outbox row")
    options.add_argument("--profile", choices=["publish", "relay", "consume", "in step"], default="")
    chosen = options.parse_args()
    gc.set_threshold(100_000, 50, 1000)  # as the platform does at its start
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chandung-bench-")))
        folder.chmod(0o711)
        database, log = f"sqlite:///{folder}/bench.db", f"sqlite:///{folder}/log.db"
        if chosen.engines:
            server = stack.enter_context(postgres_server(folder))
            create_databases(server, ["bench"])
            database = database_url(server, "bench")
            log = f"kafka://{stack.enter_context(kafka_broker(folder))}"
        chosen_urls = chosen.database or database, chosen.log or log
        asyncio.run(run(*chosen_urls, chosen.events, chosen.batch, chosen.profile))


if __name__ == "__main__":
    main()
