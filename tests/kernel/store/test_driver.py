"""Hot statements keep every promise of the others: committed with the block, rolled back with it, errors alike."""

import asyncio
from contextlib import suppress

import pytest
import sqlalchemy as sa

from kernel.store.bulk import insert_many, update_many
from kernel.store.engine import Database
from kernel.store.prepared import fetch_any, fetch_rows
from tests.kernel.store.world import applied, store

EVENTS = sa.select(applied.c.event, applied.c.sequence).order_by(applied.c.event)
SUBJECTS = sa.select(store.erased.c.subject)
IDS = [f"0193e0a5-0000-7000-8000-{number:012d}" for number in range(3)]


def rows(*events: str) -> dict[str, list[object]]:
    numbers = [ord(event) for event in events]
    return {
        "number": numbers,
        "event": list(events),
        "subject": ["s"] * len(events),
        "sequence": list(range(len(events))),
    }


async def stored(database: Database) -> list[str]:
    async with database.snapshot() as connection:
        return [row[0] for row in await fetch_rows(connection, EVENTS)]


async def test_a_transaction_of_hot_statements_alone_is_committed(database: Database) -> None:
    async with database.transaction() as tx:
        assert await insert_many(tx, applied, rows("a", "b")) == 2
    assert await stored(database) == ["a", "b"]
    async with database.transaction() as tx:
        assert await update_many(tx, applied, {"event": ["a"]}, {"sequence": [7]}) == 1
    async with database.snapshot() as connection:
        assert [tuple(row) for row in await fetch_rows(connection, EVENTS)] == [("a", 7), ("b", 1)]


async def test_hot_statements_are_rolled_back_with_their_block(database: Database) -> None:
    with suppress(ZeroDivisionError):
        async with database.transaction() as tx:
            await insert_many(tx, applied, rows("a"))
            _ = 1 / 0
    assert await stored(database) == []


async def test_hot_and_other_statements_are_one_transaction(database: Database) -> None:
    with suppress(ZeroDivisionError):
        async with database.transaction() as tx:
            await insert_many(tx, applied, rows("a"))
            await tx.execute(sa.insert(applied).values(event="b", subject="s", sequence=1))
            assert len(await fetch_rows(tx, EVENTS)) == 2
            _ = 1 / 0
    assert await stored(database) == []


async def test_a_broken_rule_raises_as_sqlalchemy_does_and_leaves_nothing(database: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError) as caught:
        async with database.transaction() as tx:
            await insert_many(tx, applied, rows("a", "b"))
            await insert_many(tx, applied, rows("b"))
    assert "parameters" not in str(caught.value)
    assert await stored(database) == []
    async with database.transaction() as tx:
        await insert_many(tx, applied, rows("c"))
    assert await stored(database) == ["c"]


async def test_a_cancelled_transaction_leaves_nothing_and_no_lock(database: Database) -> None:
    async def write() -> None:
        async with database.transaction() as tx:
            await insert_many(tx, applied, rows("a"))
            await asyncio.sleep(60)

    task = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5), database.transaction() as tx:
        await insert_many(tx, applied, rows("b"))
    assert await stored(database) == ["b"]


async def test_ids_are_found_and_read_as_text(database: Database) -> None:
    async with database.transaction() as tx:
        moments = [sa.func.now()] * len(IDS)
        for key, at in zip(IDS, moments, strict=True):
            await tx.execute(sa.insert(store.erased).values(subject=key, at=at))
    async with database.snapshot() as connection:
        found = await fetch_any(connection, SUBJECTS, store.erased.c.subject, [*IDS[1:], IDS[0][:-1] + "9"])
    assert sorted(row[0] for row in found) == IDS[1:]


async def test_texts_and_numbers_are_stored_as_they_are_whatever_an_array_makes_of_them(
    database: Database,
) -> None:
    texts = ["null", "Null", "NULL", "", " a ", "a,b", '"', "\\", "{}", "x'y", "dòng\nhai", "plain-1.0:x"]
    for part in (texts, texts[:1], ["plain", "nullable"], [*texts, None]):
        columns = {"event": ["e"] * len(part), "subject": part, "sequence": [-(2**63), *range(1, len(part))]}
        async with database.transaction() as tx:
            await tx.execute(sa.delete(applied))
            await insert_many(tx, applied, columns)
        async with database.snapshot() as connection:
            query = sa.select(applied.c.subject, applied.c.sequence).order_by(applied.c.sequence)
            assert [tuple(row) for row in await connection.execute(query)] == list(
                zip(part, columns["sequence"], strict=True)
            )
