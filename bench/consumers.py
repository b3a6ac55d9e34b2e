"""What an accepted record costs after its 202: CPU of each topic handler. `python -m bench.consumers [--profile NAME]`.

Records go through ingest in this process (not counted); what it and the others publish is handed to every consumer in
batches as large as the consumer takes, each in a transaction of its own database (SQLite). The log, offsets and marks
are not counted (`bench.log_pipe` does), decoding only for the lake, which does it by itself. Columns: CPU µs an event
on the event loop's thread, on all threads of this process, and in child processes.
"""

import argparse
import asyncio
import cProfile
import pstats
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, cast

import sqlalchemy as sa
import uvloop
from fastapi import FastAPI

from bench.cpu import cpu_seconds
from bench.ingest_inprocess import BATCH, PEOPLE, accepting, fire
from bench.load import batch_bodies, bench_records
from gateway.app import create_app as create_gateway
from gateway.consent.notices import publish_first_notice
from gateway.edge.door import Edge
from gateway.settings import GatewaySettings
from kernel.chassis import Chassis, Follower
from kernel.contracts.event import stamp
from kernel.contracts.topics import TOPICS, partition_of
from kernel.keys import internal_secret
from kernel.log.port import Batch, Message
from kernel.store.consumer import Consumer
from kernel.store.migrate import migrate
from kernel.store.outbox import unpack
from kernel.web.app import tune_memory
from kernel.web.internal import Caller, InternalTokens
from services.ingest.app import create_app as create_ingest
from services.ingest.settings import IngestSettings
from services.persona.app import create_app as create_persona
from services.persona.lake.stream.facts import FactStream
from services.persona.settings import PersonaSettings
from services.social.app import create_app as create_social
from services.social.settings import SocialSettings
from services.verify.app import create_app as create_verify
from services.verify.settings import VerifySettings

Events = dict[str, list[tuple[bytes, bytes]]]
"""By topic: key and body."""

SAID = (
    "Giao hàng nhanh, đóng gói cẩn thận, mình rất hài lòng",
    "Pin tụt nhanh, máy nóng, nhân viên không hỗ trợ gì cả, thất vọng quá",
    "Giá hơi cao so với chất lượng nhưng mẫu mã đẹp",
    "Hàng giống hình, sẽ quay lại mua lần sau cho cả nhà",
    "Chờ mãi không thấy giao, gọi tổng đài không ai nghe máy",
)


@dataclass
class Spent:
    """CPU seconds and events of one handler in one round."""

    events: int = 0
    loop: float = 0.0
    all: float = 0.0
    children: float = 0.0


@dataclass
class World:
    """The services, what each handler spent, and which one is to be profiled."""

    services: Mapping[str, Chassis]
    profile: str
    spent: defaultdict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))
    profiler: cProfile.Profile = field(default_factory=cProfile.Profile)
    offsets: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    sequence: int = 0

    def consumers(self) -> Iterator[Follower]:
        """Every consumer of every service."""
        for chassis in self.services.values():
            yield from chassis.consumers

    @contextmanager
    def measured(self, name: str, events: int) -> Iterator[None]:
        """Add what the block spends to the books of `name`."""
        profiled = bool(self.profile) and self.profile in name
        children = cpu_seconds(child_processes())
        loop, own = time.thread_time(), time.process_time()
        if profiled:
            self.profiler.enable()
        yield
        if profiled:
            self.profiler.disable()
        loop, own = time.thread_time() - loop, time.process_time() - own
        book = self.spent[name]
        book.events += events
        book.loop += loop
        book.all += own
        book.children += cpu_seconds(child_processes()) - children


def child_processes() -> list[int]:
    """Those that any thread of this process started."""
    lists = [path.read_text() for path in Path("/proc/self/task").glob("*/children")]
    return [int(pid) for text in lists for pid in text.split()]


def main() -> None:
    """Print the figures of people who are new, of people known, and of field work with free text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", default="", help="(part of) the name of what is profiled, known people")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chandung-bench-") as folder:
        uvloop.run(measure(Path(folder), args))


async def measure(folder: Path, args: argparse.Namespace) -> None:
    """The rounds, in order."""
    async with services(folder) as (ingest, token, parts):
        world = World(parts, "")
        tune_memory()
        await consume(world, ingest, token, field_work(200))  # imports, first statements, the lake's table
        report("records of people who are new", [await consume(world, ingest, token, first_meetings())])
        records = bench_records(args.records * args.rounds, people=PEOPLE)
        rounds = [records[start : start + args.records] for start in range(0, len(records), args.records)]
        world.profile = args.profile
        known = [await consume(world, ingest, token, each) for each in rounds]
        report(f"records of people known, median of {args.rounds} rounds", known)
        if args.profile:
            pstats.Stats(world.profiler).sort_stats("tottime").print_stats(40)
        world.profile = ""
        report("field work: feedback by a collector", [await consume(world, ingest, token, field_work())])


@asynccontextmanager
async def services(folder: Path) -> AsyncIterator[tuple[FastAPI, str, Mapping[str, Chassis]]]:
    """Every service over empty files; nothing runs but what accepting needs."""
    base: dict[str, Any] = {"data_dir": folder / "var", "key_dir": folder / "keys"}
    ingest = create_ingest(IngestSettings(**base))
    others: dict[str, Any] = {
        "gateway": cast(Edge, create_gateway(GatewaySettings(**base))).own,
        "verify": create_verify(VerifySettings(**base), ingest=ingest),
        "social": create_social(SocialSettings(**base)),
        "persona": create_persona(PersonaSettings(**base)),
    }
    parts: dict[str, Chassis] = {name: app.state.chassis for name, app in others.items()}
    for name, chassis in parts.items():
        await migrate(chassis.database, name, chassis.metadata)
    async with parts["gateway"].database.transaction() as tx:
        await publish_first_notice(tx)
    caller = Caller("bench", "collector", frozenset({"collect:write"}))
    token = InternalTokens(internal_secret(base["key_dir"], "")).mint(caller)
    async with accepting(ingest):
        yield ingest, token, {"ingest": ingest.state.chassis, **parts}
    for chassis in parts.values():
        for close in chassis.closers:
            await close()
        await chassis.database.close()


def first_meetings() -> list[dict[str, Any]]:
    """A record of nearly everybody."""
    found = bench_records(4 * PEOPLE, people=PEOPLE, seed=3)
    return list({record["subject"]["identifiers"]["phone"]: record for record in found}.values())


def field_work(count: int = 2_000) -> list[dict[str, Any]]:
    """What enumerators hand in: each an opinion."""
    random = Random(7)
    return [
        {
            **record,
            "channel": "survey",
            "kind": "feedback",
            "payload": {
                "text": f"{random.choice(SAID)}. {random.choice(SAID)}.",
                "rating": random.randint(1, 5),
            },
            "collector": {
                "id": f"staff-{random.randrange(40)}",
                "device_id": f"tablet-{random.randrange(30)}",
                "duration_ms": random.randrange(8_000, 90_000),
            },
        }
        for record in bench_records(count, people=PEOPLE, seed=count)
    ]


async def consume(
    world: World, ingest: FastAPI, token: str, records: Sequence[dict[str, Any]]
) -> dict[str, Spent]:
    """One round: accept, then hand on what was published until nobody publishes any more."""
    world.spent = defaultdict(Spent)
    await fire(ingest, token, "/v1/records/batch", batch_bodies(records, BATCH))
    while news := await published(world):
        for consumer in world.consumers():
            if isinstance(consumer, FactStream):
                await fill_lake(world, consumer, news)
            elif isinstance(consumer, Consumer):
                await hand_over(world, consumer, news)
    return dict(world.spent)


async def published(world: World) -> Events:
    """What stands in the outboxes of all services, stamped as the relays would; it is taken out."""
    found: Events = {}
    for name, chassis in world.services.items():
        outbox = chassis.store.outbox
        async with chassis.database.transaction() as tx:
            rows = (await tx.execute(sa.select(outbox.c.topic, outbox.c.events).order_by(outbox.c.id))).all()
            await tx.execute(sa.delete(outbox))
        for topic, events in rows:
            for key, body in unpack(events):
                world.sequence += 1
                found.setdefault(topic, []).append((key, stamp(body, name, "bench", world.sequence)))
    return found


async def hand_over(world: World, consumer: Consumer, news: Events) -> None:
    """Every handler gets its topic's events, as many at a time as the consumer reads."""
    for handler in consumer.handlers:
        events = [TOPICS[handler.topic].decode(body) for _, body in news.get(handler.topic, ())]
        for start in range(0, len(events), consumer.limit):
            chunk = events[start : start + consumer.limit]
            with world.measured(f"{consumer.name} {handler.topic}", len(chunk)):
                async with consumer.database.transaction() as tx:
                    await handler.handle(tx, chunk)


async def fill_lake(world: World, stream: FactStream, news: Events) -> None:
    """As if read from a log."""
    for topic in (reading.topic for reading in stream.handlers):
        arrived = news.get(topic, [])
        if not arrived:
            continue
        with world.measured(f"{stream.name} {topic}", len(arrived)):
            for start in range(0, len(arrived), 4_000):
                await stream.step(Shelf(batches(world, topic, arrived[start : start + 4_000])))
            await stream.commit()


def batches(world: World, topic: str, arrived: Sequence[tuple[bytes, bytes]]) -> list[Batch]:
    """The partitions of what arrived."""
    shares: dict[int, list[Message]] = {}
    positions = dict(world.offsets)
    for key, body in arrived:
        place = (topic, partition_of(key))
        shares.setdefault(place[1], []).append(Message(world.offsets[place], key, body))
        world.offsets[place] += 1
    return [Batch(topic, part, positions.get((topic, part), 0), rows) for part, rows in shares.items()]


@dataclass
class Shelf:
    """A subscription to batches that are here already."""

    batches: list[Batch]

    async def next(self, *, wait: float, limit: int) -> list[Batch]:
        """All of them."""
        del wait, limit
        await asyncio.sleep(0)
        return self.batches

    async def rewind(self) -> None:
        """Raises: nobody else is here who could have moved a position."""
        raise RuntimeError("rewound")

    async def close(self) -> None:
        """Nothing is held."""


def report(title: str, rounds: Sequence[Mapping[str, Spent]]) -> None:
    """A table; the sum is by record."""
    print(f"\n{title}\n{'':38}{'events':>8}{'loop':>8}{'threads':>9}{'children':>9}   µs an event")
    records = rounds[0]["gateway.ledger records.accepted"].events
    totals = [0.0, 0.0, 0.0]
    for name in sorted(rounds[0]):
        books = [books[name] for books in rounds if name in books]
        events = books[0].events
        cells = [
            1e6 * statistics.median(getattr(book, column) / book.events for book in books)
            for column in ("loop", "all", "children")
        ]
        totals = [total + cell * events / records for total, cell in zip(totals, cells, strict=True)]
        print(f"{name:38}{events:>8}{cells[0]:>8.1f}{cells[1]:>9.1f}{cells[2]:>9.1f}")
    print(f"{'all, a record':38}{records:>8}{totals[0]:>8.1f}{totals[1]:>9.1f}{totals[2]:>9.1f}")


if __name__ == "__main__":
    main()
