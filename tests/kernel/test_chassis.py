"""A service's parts start and stop together, and one that fails is brought back."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel import chassis as module
from kernel.chassis import Chassis
from kernel.contracts.event import Event
from kernel.settings import ServiceSettings
from kernel.store.consumer import Handler
from kernel.store.outbox import publish
from tests.kernel.store.world import TOPIC, applied, made, metadata, remember, store
from tests.running import until


class ShopSettings(ServiceSettings):
    service: ClassVar[str] = "tester"


@pytest.fixture
def chassis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chassis:
    async def bring_up(database: object, _service: str, tables: sa.MetaData) -> None:
        async with database.transaction() as tx:  # type: ignore[attr-defined]
            await tx.run_sync(tables.create_all)

    monkeypatch.setattr(module, "migrate", bring_up)
    return Chassis(ShopSettings(data_dir=tmp_path), metadata, store)


async def count(chassis: Chassis) -> int:
    async with chassis.database.snapshot() as connection:
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(applied)) or 0)


async def test_what_is_published_is_consumed(chassis: Chassis) -> None:
    chassis.consume("all", [Handler(TOPIC, "service", remember)])
    async with chassis.running():
        assert await chassis.check() == {}
        async with chassis.database.transaction() as tx:
            await publish(tx, store, [made() for _ in range(5)])

        async def arrived() -> bool:
            return await count(chassis) == 5

        await until(arrived)


async def test_a_second_start_finds_everything_as_it_was_at_once(chassis: Chassis, tmp_path: Path) -> None:
    async with chassis.running(), chassis.database.transaction() as tx:
        await publish(tx, store, [made()])
    again = Chassis(ShopSettings(data_dir=tmp_path), metadata, store)
    again.consume("all", [Handler(TOPIC, "service", remember)])
    async with again.running():

        async def arrived() -> bool:
            return await count(again) == 1

        async with asyncio.timeout(2.0):  # the lease was given back: nobody waits for it to run out
            await until(arrived)


async def test_a_job_that_fails_is_started_again(chassis: Chassis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESTART_S", 0.01)
    tries: list[int] = []

    async def job() -> None:
        tries.append(1)
        raise ValueError("a bug")

    async def tried_thrice() -> bool:
        return len(tries) >= 3

    chassis.jobs.append(job)
    async with chassis.running():
        await until(tried_thrice)


async def test_a_stop_in_the_middle_of_a_handler_lets_it_end(chassis: Chassis) -> None:
    began = asyncio.Event()

    async def slow(tx: AsyncConnection, events: Sequence[Event]) -> None:
        began.set()
        await asyncio.sleep(0.1)
        await remember(tx, events)

    chassis.consume("all", [Handler(TOPIC, "service", slow)])
    closed: list[int] = []

    async def close() -> None:
        closed.append(await count(chassis))

    chassis.closers.append(close)
    async with chassis.running():
        async with chassis.database.transaction() as tx:
            await publish(tx, store, [made()])
        await asyncio.wait_for(began.wait(), 5.0)
    assert closed == [1]


async def test_a_lost_position_makes_the_service_say_so(chassis: Chassis) -> None:
    consumer = chassis.consume("all", [Handler(TOPIC, "service", remember)])
    async with chassis.running():
        consumer.lost = "gone"
        assert await chassis.check() == {"tester.all": "events lost"}


async def test_a_process_without_background_answers_and_leaves_the_rest_to_others(
    chassis: Chassis, tmp_path: Path
) -> None:
    ran: list[str] = []

    async def note(what: str) -> None:
        ran.append(what)
        await asyncio.Event().wait()

    doors = Chassis(ShopSettings(data_dir=tmp_path, background=False), metadata, store)
    doors.consume("all", [Handler(TOPIC, "service", remember)])
    doors.door_jobs.append(partial(note, "door"))
    doors.jobs.append(partial(note, "job"))
    async with doors.running():
        async with doors.database.transaction() as tx:
            await publish(tx, store, [made()])
        await asyncio.sleep(0.2)
        assert await doors.check() == {}
        assert ran == ["door"]
        assert not await doors.relay.drained()
