"""CPU of ingest itself, without sockets, gateway and relay: `python -m bench.ingest_inprocess [--profile]`.

`make bench-ingest` runs it with a million records stored before. SQLite always, PostgreSQL too where there is one on
this machine, or where BENCH_POSTGRES_URL names an empty database (its own CPU is not counted: it is another process).
Figures are CPU µs a record of this process, all threads: Python, SQLAlchemy and the driver.
"""

import argparse
import asyncio
import cProfile
import os
import pstats
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from fastapi import FastAPI

from bench.load import batch_bodies, bench_records, introductions, single_bodies
from deploy.engines import EngineMissing, create_databases, postgres_server
from kernel.keys import internal_secret
from kernel.store.migrate import migrate
from kernel.web.app import tune_memory
from kernel.web.asgi import Message
from kernel.web.internal import HEADER, Caller, InternalTokens
from services.ingest.app import create_app
from services.ingest.consents.repository import add_notices
from services.ingest.consents.tables import watermarks
from services.ingest.settings import IngestSettings
from services.ingest.tables import metadata

BATCH = 500
PEOPLE = 20_000
PART = 20_000
"""Records that are made at once."""
PURPOSES = ("service", "analytics", "profiling", "marketing")


def main() -> None:
    """Print the figures of each engine."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--singles", type=int, default=5_000)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--stored", type=int, default=0, help="records that lie there before (SQLite)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(measure("SQLite", "", Path(folder), args))
    args.stored = 0
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if url := os.environ.get("BENCH_POSTGRES_URL") or own_server(stack, place):
            uvloop.run(measure("PostgreSQL", url, place, args))


def own_server(stack: ExitStack, folder: Path) -> str:
    """An empty database of a server that lives as long as `stack`; none where the machine has no PostgreSQL."""
    folder.chmod(0o755)
    try:
        address = stack.enter_context(postgres_server(folder / "postgres"))
    except EngineMissing as missing:
        print(missing)
        return ""
    create_databases(address, ["ingest"])
    return f"postgresql+asyncpg://{address.split('://', 1)[1]}/ingest"


async def measure(engine: str, url: str, folder: Path, args: argparse.Namespace) -> None:
    """Batches to a warm service, then single events, 32 at a time."""
    settings = IngestSettings(data_dir=folder / "var", key_dir=folder / "keys", database_url=url)
    app = create_app(settings)
    secret = internal_secret(settings.key_dir, "")
    token = InternalTokens(secret).mint(Caller("bench", "collector", frozenset({"collect:write"})))
    async with accepting(app):
        tune_memory()
        strangers = batch_bodies(introductions(PEOPLE), BATCH)
        report(engine, "new customers", [await timed(app, token, "/v1/records/batch", strangers, PEOPLE)])
        for part in range(0, args.stored, PART):
            stored = bench_records(min(PART, args.stored - part), people=PEOPLE, seed=1_000 + part)
            await fire(app, token, "/v1/records/batch", batch_bodies(stored, BATCH))
        if args.stored:
            print(f"{engine:<11} {args.stored:,} records are stored now")
        records = bench_records(args.records * (args.rounds + 1) + args.singles, people=PEOPLE)
        share = [
            batch_bodies(records[start : start + args.records], BATCH)
            for start in range(0, args.records * (args.rounds + 1), args.records)
        ]
        samples = [
            await timed(app, token, "/v1/records/batch", share.pop(), args.records)
            for _ in range(args.rounds)
        ]
        report(engine, "batches of 500", samples)
        if args.profile:
            await profiled(app, token, share.pop())
        events = single_bodies(records[-args.singles :])
        report(engine, "single events", [await timed(app, token, "/v1/records", events, args.singles, 32)])


@asynccontextmanager
async def accepting(app: FastAPI) -> AsyncIterator[None]:
    """Only what accepting needs runs: no relay, no consumers."""
    chassis = app.state.chassis
    await migrate(chassis.database, "ingest", metadata)
    async with chassis.database.transaction() as tx:
        await add_notices(tx, {("core", 1): PURPOSES})
        await watermarks.move(tx, dict.fromkeys(range(12), datetime.now(UTC) + timedelta(hours=1)))
    job = asyncio.create_task(chassis.door_jobs[0]())
    try:
        yield
    finally:
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)
        for close in chassis.closers:
            await close()
        await chassis.database.close()


async def timed(
    app: FastAPI, token: str, path: str, news: Sequence[bytes], records: int, lanes: int = 1
) -> tuple[float, float]:
    """(CPU µs a record, records a second)."""
    cpu, wall = time.process_time(), time.perf_counter()
    await fire(app, token, path, news, lanes)
    return 1e6 * (time.process_time() - cpu) / records, records / (time.perf_counter() - wall)


async def fire(app: FastAPI, token: str, path: str, news: Sequence[bytes], lanes: int = 1) -> None:
    """Send every body, `lanes` at a time."""

    async def run(lane: int) -> None:
        for body in news[lane::lanes]:
            await post(app, token, path, body)

    await asyncio.gather(*(run(lane) for lane in range(lanes)))


async def post(app: FastAPI, token: str, path: str, body: bytes) -> bytes:
    """One request through the ASGI app."""
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(HEADER, token.encode()), (b"content-length", str(len(body)).encode())],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if sent[0]["status"] != 202 or b'"quarantined"' in sent[1]["body"]:
        raise RuntimeError(f"not accepted: {sent[0]['status']} {sent[1]['body'][:300]!r}")
    return bytes(sent[1]["body"])


async def profiled(app: FastAPI, token: str, news: Sequence[bytes]) -> None:
    """Where the event loop's thread spends its time."""
    profile = cProfile.Profile()
    profile.enable()
    await fire(app, token, "/v1/records/batch", news)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(45)


def report(engine: str, what: str, samples: Sequence[tuple[float, float]]) -> None:
    """Print the medians."""
    cpu, rate = (statistics.median(column) for column in zip(*samples, strict=True))
    print(f"{engine:<11} {what:<15} {cpu:6.1f} µs CPU a record   {rate:9,.0f} records/s")


if __name__ == "__main__":
    main()
