"""SQLite on its own thread: what is cancelled, refused or undone leaves neither a lock nor half a transaction."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from kernel.store.engine import Database

ENDLESS = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
INSERT INTO item (name) SELECT i FROM n WHERE i < 0"""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/own.db")
    async with database.transaction() as tx:
        await tx.execute(sa.text("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE)"))
    yield database
    await database.close()


async def insert(database: Database, *names: str) -> None:
    async with database.transaction() as tx:
        for name in names:
            await tx.execute(sa.text("INSERT INTO item (name) VALUES (:name)"), {"name": name})


async def names(database: Database) -> list[str]:
    async with database.snapshot() as connection:
        return list(await connection.scalars(sa.text("SELECT name FROM item ORDER BY id")))


async def test_a_statement_cancelled_in_the_middle_keeps_no_lock(database: Database) -> None:
    async def endless() -> None:
        async with database.transaction() as tx:
            await tx.execute(sa.text("INSERT INTO item (name) VALUES ('half')"))
            await tx.execute(sa.text(ENDLESS))

    task = asyncio.create_task(endless())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(2.0):
        await insert(database, "next")
    assert await names(database) == ["next"]


async def test_the_loop_goes_on_while_a_statement_runs(database: Database) -> None:
    async def endless() -> None:
        async with database.transaction() as tx:
            await tx.execute(sa.text(ENDLESS))

    task = asyncio.create_task(endless())
    async with asyncio.timeout(2.0):
        for _ in range(10):
            assert await names(database) == []
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_cancellation_at_any_moment_leaves_all_or_nothing(database: Database) -> None:
    for number in range(60):
        task = asyncio.create_task(insert(database, f"a{number}", f"b{number}"))
        await asyncio.sleep(0.0002 * (number % 20))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(2.0):
        await insert(database, "last")
    *found, last = await names(database)
    assert last == "last"
    assert found == [f"{side}{name[1:]}" for name in found[::2] for side in "ab"]


async def test_what_sqlite_undid_by_itself_takes_the_rest_with_it(database: Database) -> None:
    await insert(database, "taken")
    with pytest.raises(sa.exc.OperationalError, match="rolled back"):
        async with database.transaction() as tx:
            await tx.execute(sa.text("INSERT INTO item (name) VALUES ('before')"))
            with suppress(sa.exc.IntegrityError):
                await tx.execute(sa.text("INSERT OR ROLLBACK INTO item (name) VALUES ('taken')"))
            await tx.execute(sa.text("INSERT INTO item (name) VALUES ('after')"))
    assert await names(database) == ["taken"]


async def test_what_sqlite_undid_last_is_no_commit(database: Database) -> None:
    await insert(database, "taken")
    with pytest.raises(sa.exc.OperationalError, match="rolled back"):
        async with database.transaction() as tx:
            await tx.execute(sa.text("INSERT INTO item (name) VALUES ('before')"))
            with suppress(sa.exc.IntegrityError):
                await tx.execute(sa.text("INSERT OR ROLLBACK INTO item (name) VALUES ('taken')"))
    await insert(database, "next")
    assert await names(database) == ["taken", "next"]


async def test_a_transaction_that_could_not_begin_writes_nothing(database: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(f"{tmp_path}/own.db", isolation_level=None)
    async with database.transaction() as tx:
        await tx.execute(sa.text("PRAGMA busy_timeout=20"))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sa.exc.OperationalError, match="locked"):
        async with database.transaction() as tx:
            with suppress(sa.exc.OperationalError):
                await tx.execute(sa.text("INSERT INTO item (name) VALUES ('first')"))
            await tx.execute(sa.text("INSERT INTO item (name) VALUES ('second')"))
    other.execute("ROLLBACK")
    other.close()
    assert await names(database) == []


async def test_a_transaction_without_statements_waits_for_no_lock(database: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(f"{tmp_path}/own.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with asyncio.timeout(1.0), database.transaction():
        pass
    other.close()


async def test_a_snapshot_stands_still(database: Database) -> None:
    async with database.snapshot() as connection:
        count = sa.text("SELECT count(*) FROM item")
        assert await connection.scalar(count) == 0
        await insert(database, "later")
        assert await connection.scalar(count) == 0
    assert await names(database) == ["later"]


async def test_a_snapshot_that_ended_holds_up_no_checkpoint(database: Database) -> None:
    await names(database)
    await insert(database, "later")
    async with database.snapshot() as connection:
        busy, written, moved = (await connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))).one()
    assert (busy, written, moved) == (0, 0, 0)


async def test_closing_ends_every_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    database = Database(f"sqlite:///{tmp_path}/other.db")
    await asyncio.gather(*(database.ping() for _ in range(4)))
    assert set(threading.enumerate()) > before
    await database.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(2.0)
    assert set(threading.enumerate()) <= before


async def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    database = Database(f"sqlite:///{tmp_path}/folder")
    with pytest.raises(sa.exc.OperationalError):
        await database.ping()
    await database.close()
