"""Transactions and snapshots on both dialects, and how they end."""

import asyncio
from contextlib import suppress

import pytest
import sqlalchemy as sa

from kernel.store.engine import Database, publishes, uninterrupted
from tests.kernel.store.world import applied

ROW = sa.insert(applied).values(event="e", subject="s", sequence=1)


async def count(database: Database) -> int:
    async with database.snapshot() as connection:
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(applied)) or 0)


async def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(ROW)
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as tx:
            await tx.execute(ROW)
            _ = 1 / 0
    assert await count(database) == 1


async def test_a_snapshot_sees_what_is_committed_and_waits_for_nobody(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(ROW)
        assert await asyncio.wait_for(count(database), 2.0) == 0
    assert await count(database) == 1


async def test_writers_take_turns(database: Database) -> None:
    async def write() -> None:
        async with database.transaction() as tx:
            await tx.execute(ROW)

    await asyncio.gather(*(write() for _ in range(30)))
    assert await count(database) == 30


async def test_listeners_hear_of_commits_only(database: Database) -> None:
    heard: list[int] = []
    database.on_commit(lambda: heard.append(1))
    with suppress(ZeroDivisionError):
        async with database.transaction() as tx:
            await tx.execute(ROW)
            _ = 1 / 0
    assert heard == []
    async with database.transaction() as tx:
        await tx.execute(ROW)
    assert heard == [1]


async def test_a_commit_that_published_is_told_from_others(database: Database) -> None:
    heard: list[int] = []
    database.on_publish(lambda: heard.append(1))
    with suppress(ZeroDivisionError):
        async with database.transaction() as tx:
            await tx.execute(ROW)
            publishes(tx)
            _ = 1 / 0
    async with database.transaction() as tx:
        await tx.execute(ROW)
    assert heard == []
    async with database.transaction() as tx:
        publishes(tx)
    assert heard == [1]
    async with database.transaction() as tx:
        await tx.execute(ROW)
    assert heard == [1]


async def test_a_pause_lets_the_open_end_and_holds_the_new(database: Database) -> None:
    order: list[str] = []
    started = asyncio.Event()

    async def slow() -> None:
        async with database.transaction() as tx:
            started.set()
            await asyncio.sleep(0.1)
            await tx.execute(ROW)
        order.append("ended")

    async def late() -> None:
        async with database.transaction() as tx:
            await tx.execute(ROW)
        order.append("began late")

    open_one = asyncio.create_task(slow())
    await started.wait()
    pausing = asyncio.create_task(database.pause())
    await asyncio.sleep(0)
    held = asyncio.create_task(late())
    await pausing
    order.append("paused")
    await asyncio.sleep(0.05)
    database.resume()
    await asyncio.gather(open_one, held)
    assert order == ["ended", "paused", "began late"]


async def test_a_pause_is_patient_only_for_a_while(database: Database) -> None:
    async with database.transaction():
        await asyncio.wait_for(database.pause(patience=0.05), 2.0)
    database.resume()


async def test_tasks_cancelled_in_a_pause_leave_the_database_usable(database: Database) -> None:
    async def work() -> None:
        while True:
            async with database.transaction() as tx:
                await tx.execute(ROW)

    for patience in range(5):
        tasks = [asyncio.create_task(work()) for _ in range(4)]
        await asyncio.sleep(0.01 * patience)
        await database.pause()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        database.resume()
        async with asyncio.timeout(2.0), database.transaction() as tx:
            await tx.execute(ROW)


async def test_uninterrupted_work_comes_to_its_end_and_the_cancellation_goes_on() -> None:
    done = []

    async def work() -> None:
        await asyncio.sleep(0.05)
        done.append("work")

    task = asyncio.create_task(uninterrupted(work()))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["work"]


async def test_an_error_does_not_tell_the_parameters(database: Database) -> None:
    secret = "Nguyễn Thị Ánh"
    with pytest.raises(sa.exc.DBAPIError) as caught:
        async with database.transaction() as tx:
            await tx.execute(sa.text("INSERT INTO nowhere VALUES (:name)"), {"name": secret})
    assert secret not in str(caught.value)


async def test_a_ping_answers(database: Database) -> None:
    await database.ping()
