"""The SQL log keeps the promises of a log, and forgets only what it may."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kernel.contracts.topics import RETENTION_DAYS, TOPICS, Topic
from kernel.log.open import open_log as open_url
from kernel.log.port import Entry, Log
from kernel.log.sql import SqlLog
from tests.kernel.log.contract import Heal, LogContract, Open
from tests.kernel.log.reader import Shelf, entries, read

DAY_S = 86_400


@pytest.fixture
async def open_log(tmp_path: Path) -> AsyncIterator[Open]:
    opened = []

    async def opening() -> Log:
        log = open_url(f"sqlite:///{tmp_path}/log.db")
        await log.start()
        await log.create_topics(TOPICS.values())
        opened.append(log)
        return log

    yield opening
    for log in opened:
        await log.stop()


class TestSqlLog(LogContract):
    can_share = False

    async def forget(self, log: Log, topic: Topic) -> None:
        assert isinstance(log, SqlLog)
        await log.expire(now=time.time() + (RETENTION_DAYS + 1) * DAY_S)

    async def cut(self, log: Log, topic: Topic, monkeypatch: pytest.MonkeyPatch) -> Heal:
        """Let the disk be full."""
        assert isinstance(log, SqlLog)
        await bound_pages(log, 0)
        return lambda: bound_pages(log, 1_000_000)


async def bound_pages(log: SqlLog, pages: int) -> None:
    async with log._database.transaction() as tx:
        await tx.execute(sa.text(f"PRAGMA max_page_count = {max(1, pages)}"))


async def test_young_events_stay(open_log: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    log = await open_log()
    assert isinstance(log, SqlLog)
    await log.append(entries("records.accepted", range(50)))
    assert await log.expire(now=time.time() + (RETENTION_DAYS - 1) * DAY_S) == 0
    assert await log.expire(now=time.time() + (RETENTION_DAYS + 1) * DAY_S) == 50


async def test_compaction_keeps_the_last_state_of_each_key_however_old(open_log: Open) -> None:
    log = await open_log()
    assert isinstance(log, SqlLog)
    assert TOPICS["consents.changed"].compacted
    await log.append([Entry("consents.changed", b"k%d" % (n % 3), b"%d" % n) for n in range(30)])
    assert await log.expire(now=time.time() + 1_000 * DAY_S) == 27
    assert await log.expire(now=time.time() + 1_000 * DAY_S) == 0
    shelf = Shelf()
    subscription = await log.subscribe("group", ["consents.changed"], shelf.position_of)
    await read(subscription, shelf, 3)
    assert sorted(shelf.values) == [b"27", b"28", b"29"]


async def test_a_reader_behind_a_compaction_goes_on_without_being_fenced(open_log: Open) -> None:
    log = await open_log()
    assert isinstance(log, SqlLog)
    shelf = Shelf()
    subscription = await log.subscribe("group", ["consents.changed"], shelf.position_of)
    await log.append([Entry("consents.changed", b"k", b"0"), Entry("consents.changed", b"k", b"1")])
    await read(subscription, shelf, 2)
    await log.append([Entry("consents.changed", b"k", b"%d" % n) for n in range(2, 30)])
    await log.expire()
    await log.append([Entry("consents.changed", b"k", b"30")])
    await read(subscription, shelf, 4)
    assert shelf.values == [b"0", b"1", b"29", b"30"]
    assert shelf.fenced == 0


async def test_who_keeps_up_reads_nothing_from_the_file(open_log: Open) -> None:
    log = await open_log()
    assert isinstance(log, SqlLog)
    shelf = Shelf()
    subscription = await log.subscribe("group", ["records.accepted"], shelf.position_of)
    for start in range(0, 300, 100):
        await log.append(entries("records.accepted", range(start, start + 100)))
        async with log._database.transaction() as tx:
            await tx.execute(sa.text("DELETE FROM event"))
        await read(subscription, shelf, start + 100)
    assert sorted(map(int, shelf.values)) == list(range(300))
    assert shelf.fenced == 0


async def test_who_fell_behind_the_memory_reads_on_from_the_file_without_a_gap(tmp_path: Path) -> None:
    log = SqlLog(f"sqlite:///{tmp_path}/small.db", tail_bytes=5_000)
    await log.start()
    await log.create_topics(TOPICS.values())
    shelf = Shelf()
    subscription = await log.subscribe("group", ["records.accepted"], shelf.position_of)
    for start in range(0, 600, 60):
        await log.append(entries("records.accepted", range(start, start + 60)))
        await read(subscription, shelf, start // 2, limit=40)
    await read(subscription, shelf, 600, limit=40)
    for key in range(40):
        assert shelf.values_of(b"key-%d" % key) == [b"%d" % value for value in range(key, 600, 40)]
    assert shelf.fenced == 0
    await log.stop()


async def test_appending_nothing_is_nothing(open_log: Open) -> None:
    log = await open_log()
    await log.append([])
    assert set((await log.ends(["records.accepted"])).values()) == {0}
