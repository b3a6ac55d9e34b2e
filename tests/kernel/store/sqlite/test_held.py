"""Connections that stay open between their users bring nothing over from one to the next."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kernel.store.engine import Database
from kernel.store.sqlite import held as module

PAIRS = """CREATE TABLE pair (id INTEGER PRIMARY KEY, other INTEGER
REFERENCES pair (id) DEFERRABLE INITIALLY DEFERRED)"""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/own.db")
    async with database.transaction() as tx:
        await tx.execute(sa.text(PAIRS))
    yield database
    await database.close()


async def count(database: Database) -> int:
    async with database.snapshot() as connection:
        return int(await connection.scalar(sa.text("SELECT count(*) FROM pair")) or 0)


async def test_a_commit_that_fails_leaves_nothing_to_the_next(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        async with database.transaction() as tx:
            await tx.execute(sa.text("INSERT INTO pair VALUES (1, 99)"))
    async with database.transaction() as tx:
        await tx.execute(sa.text("INSERT INTO pair VALUES (2, 2)"))
    assert await count(database) == 1


async def test_who_uses_a_transaction_after_its_end_gets_an_error(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.text("INSERT INTO pair VALUES (1, 1)"))
    async with database.transaction():
        with pytest.raises(sa.exc.InvalidRequestError):
            await tx.execute(sa.text("INSERT INTO pair VALUES (2, 2)"))
    assert await count(database) == 1


async def test_what_a_snapshot_wrote_is_gone(database: Database) -> None:
    async with database.snapshot() as connection:
        await connection.execute(sa.text("INSERT INTO pair VALUES (1, 1)"))
    assert await count(database) == 0


async def test_who_waits_too_long_for_the_writer_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.02)
    async with database.transaction():
        with pytest.raises(sa.exc.TimeoutError):
            async with database.transaction():
                pass
    async with asyncio.timeout(1.0), database.transaction():
        pass


async def test_who_gives_up_waiting_holds_up_nobody(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.transaction() as tx:
            await tx.execute(sa.text("INSERT INTO pair VALUES (:number, :number)"), {"number": number})

    async with database.transaction():
        waiting = [asyncio.create_task(write(number)) for number in range(6)]
        await asyncio.sleep(0.01)
        for task in waiting[::2]:
            task.cancel()
        await asyncio.gather(*waiting[::2], return_exceptions=True)
    async with asyncio.timeout(2.0):
        await asyncio.gather(*waiting[1::2])
    assert await count(database) == 3
