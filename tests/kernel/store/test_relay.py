"""The relay sends every committed event, in order, under numbers that let a repeated one be told."""

import asyncio
import random
import time

import pytest
import sqlalchemy as sa

from kernel.contracts.event import Event
from kernel.contracts.topics import TOPICS
from kernel.ids import new_id
from kernel.log.port import Log, LogUnavailable
from kernel.store import relay as module
from kernel.store.engine import Database
from kernel.store.outbox import publish
from kernel.store.relay import LeaseLost, begin_epoch
from tests.kernel.store.world import TOPIC, Fault, World, applied, made, store
from tests.running import until


async def sent(world: World) -> list[Event]:
    """What is in the log, by sequence."""
    events = [TOPICS[TOPIC].decode(message.value) for message in await world.logged()]
    return sorted(events, key=lambda event: event.sequence)


async def let_leases_run_out(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(sa.update(store.relay).values(lease_until=time.time() - 1))


async def test_committed_events_are_sent_in_order_under_one_count(world: World) -> None:
    events = [made() for _ in range(25)]
    for start in range(0, 25, 5):
        await world.publish(*events[start : start + 5])
    await world.relay_all()
    found = await sent(world)
    assert [event.id for event in found] == [event.id for event in events]
    assert [event.sequence for event in found] == list(range(1, 26))
    assert {(event.producer, len({event.epoch for event in found})) for event in found} == {("tester", 1)}
    assert await world.relay().drained()


async def test_eight_writers_at_once_lose_nothing_and_repeat_nothing(world: World) -> None:
    """A reader of rising ids misses what commits late; here ids commit out of order on purpose."""
    running = asyncio.create_task(world.relay().run())
    published: dict[str, list[str]] = {}

    async def write(seed: int) -> None:
        chance, subject = random.Random(seed), new_id()  # noqa: S311 - repeatable chance, no secret
        for _ in range(25):
            events = [made(subject) for _ in range(chance.randint(1, 4))]
            async with world.database.transaction() as tx:
                await publish(tx, store, events)
                if world.database.is_server:
                    await asyncio.sleep(chance.random() * 0.02)
            published.setdefault(subject, []).extend(event.id for event in events)

    await asyncio.gather(*(write(seed) for seed in range(8)))
    await until(world.relay().drained)
    await world.stop(running)
    found = await sent(world)
    assert [event.sequence for event in found] == list(range(1, len(found) + 1))
    assert len({event.id for event in found}) == len(found)
    for subject, ids in published.items():
        assert [event.id for event in found if event.subject == subject] == ids


async def test_after_a_crash_the_same_rows_are_sent_under_the_same_numbers(world: World) -> None:
    events = [made() for _ in range(10)]
    await world.publish(*events)
    with pytest.raises(LogUnavailable):
        await world.relay(Fault(world.log, after=lambda: True)).cycle()
    await world.publish(late := made())
    await let_leases_run_out(world.database)
    await world.relay_all()
    found = await sent(world)
    assert sorted(event.sequence for event in found) == sorted([*range(1, 11)] * 2 + [11])
    first_ten = {(event.id, event.sequence) for event in found if event.sequence <= 10}
    assert first_ten == {(event.id, number) for number, event in enumerate(events, 1)}
    await world.consume_all()
    assert sorted(await world.applied_events()) == sorted(event.id for event in [*events, late])


async def test_a_log_that_takes_nothing_changes_nothing(world: World) -> None:
    await world.publish(made())
    with pytest.raises(LogUnavailable):
        await world.relay(Fault(world.log, before=lambda: True)).cycle()
    assert await sent(world) == []
    await let_leases_run_out(world.database)
    await world.relay_all()
    assert len(await sent(world)) == 1


async def test_a_cycle_is_bounded_by_events_and_by_rows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVENTS_A_CYCLE", 10)
    for _ in range(7):
        await world.publish(*(made() for _ in range(4)))
    relay = world.relay()
    rows = await relay.cycle()
    assert len(rows) == 3  # the row that passes the bound still goes
    monkeypatch.setattr(module, "ROWS_A_CYCLE", 2)
    rows = await relay.cycle(rows)
    assert len(rows) == 2
    while rows:
        rows = await relay.cycle(rows)
    assert [event.sequence for event in await sent(world)] == list(range(1, 29))


async def test_only_one_relay_works_and_its_successor_need_not_wait(world: World) -> None:
    first, second = world.relay(), world.relay()
    await world.publish(made())
    await first.cycle()
    with pytest.raises(LeaseLost):
        await second.cycle()
    await first.release()
    assert len(await second.cycle()) == 1  # stamped by the first, which did not say that it was sent


async def test_a_relay_that_was_frozen_changes_nothing_when_it_wakes(world: World) -> None:
    frozen, successor = world.relay(), world.relay()
    await world.publish(made())
    held = await frozen.cycle()
    await let_leases_run_out(world.database)
    await successor.cycle(await successor.cycle())
    await world.publish(made())
    rows = await successor.cycle()
    with pytest.raises(LeaseLost):
        await frozen.cycle(held)
    assert not await successor.drained()
    await successor.cycle(rows)
    await world.consume_all()
    assert len(await world.applied_events()) == 2


async def test_a_lease_that_was_not_committed_is_not_held(world: World) -> None:
    """Else the number that it would have had, which the next relay gets, would count as its own."""
    unlucky, other = world.relay(), world.relay()
    with pytest.raises(ZeroDivisionError):
        async with world.database.transaction() as tx:
            await unlucky._hold_lease(tx)
            _ = 1 / 0
    await world.publish(made())
    await other.cycle()
    with pytest.raises(LeaseLost):
        await unlucky.cycle()


async def test_a_relay_that_takes_the_lease_back_looks_for_what_others_left(world: World) -> None:
    first, other = world.relay(), world.relay()
    await world.publish(made())
    held = await first.cycle()
    await let_leases_run_out(world.database)
    await other.cycle(await other.cycle())
    await world.publish(made())
    await other.cycle()  # stamped, and never deleted: it dies
    await let_leases_run_out(world.database)
    assert len(await first.cycle(held)) == 1
    assert [event.sequence for event in await sent(world)] == [1, 1, 2, 2]


async def test_events_of_a_new_epoch_are_not_taken_for_old_ones(world: World) -> None:
    await world.publish(*(made() for _ in range(5)))
    await world.relay_all()
    await world.consume_all()
    async with world.database.transaction() as tx:
        await begin_epoch(tx, store)  # as after a restore
    first = (await world.rows(sa.select(applied)))[0]
    await world.publish(after := made(first.subject))
    await world.relay_all()
    await world.consume_all()
    assert (await world.applied_events())[5:] == [after.id]


async def test_rows_stamped_before_a_restore_are_counted_anew(world: World) -> None:
    await world.publish(*(made() for _ in range(5)))
    relay = world.relay()
    await relay.cycle()
    async with world.database.transaction() as tx:
        await begin_epoch(tx, store)
    await world.publish(made())
    await relay.release()
    await world.relay_all()
    epochs: dict[str, list[int]] = {}
    for event in await sent(world):
        epochs.setdefault(event.epoch, []).append(event.sequence)
    assert sorted(epochs.values()) == [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6]]


async def test_a_commit_wakes_the_relay_and_its_own_does_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IDLE_S", (0.2, 0.2))
    relay, cycles = world.relay(), 0
    plain = relay._hold_lease

    async def counted(tx: object) -> int:
        nonlocal cycles
        cycles += 1
        return await plain(tx)  # type: ignore[arg-type]

    monkeypatch.setattr(type(relay), "_hold_lease", lambda _self, tx: counted(tx))
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(0.7)
    idle = cycles
    assert idle <= 6
    began = time.monotonic()
    await world.publish(made())
    await until(world.logged, pause=0.005)
    assert time.monotonic() - began < 0.2
    await world.stop(running)


async def test_under_load_many_commits_share_a_cycle_and_nothing_waits_long(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PACE_S", 0.1)
    relay, cycles = world.relay(), 0
    plain = type(relay).cycle

    async def counted(self: object, sent: object = ()) -> object:
        nonlocal cycles
        cycles += 1
        return await plain(self, sent)  # type: ignore[arg-type]

    monkeypatch.setattr(type(relay), "cycle", counted)
    running = asyncio.create_task(relay.run())
    began = time.monotonic()
    for _ in range(60):
        await world.publish(made())
    await until(relay.drained)
    assert cycles <= (time.monotonic() - began) / 0.1 + 2
    assert len(await world.logged()) == 60
    await world.stop(running)


async def test_a_relay_lives_through_a_log_that_comes_and_goes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_S", (0.01, 0.01))
    chance = random.Random(7)  # noqa: S311 - repeatable chance, no secret
    log: Log = Fault(world.log, lambda: chance.random() < 0.3, lambda: chance.random() < 0.3)  # type: ignore[assignment]
    running = asyncio.create_task(world.relay(log).run())
    ids = []
    for _ in range(60):
        events = [made() for _ in range(3)]
        ids += [event.id for event in events]
        await world.publish(*events)
    await until(world.relay().drained)
    await world.stop(running)
    await world.consume_all()
    assert sorted(await world.applied_events()) == sorted(ids)


async def test_a_relay_stopped_at_any_moment_leaves_nothing_behind(world: World) -> None:
    chance, ids = random.Random(3), []  # noqa: S311 - repeatable chance, no secret
    for _ in range(12):
        relay = world.relay()
        running = asyncio.create_task(relay.run())
        for _ in range(4):
            await world.publish(event := made())
            ids.append(event.id)
        await asyncio.sleep(chance.random() * 0.03)
        await world.stop(running)
        await relay.release()
    await world.relay_all()
    await world.consume_all()
    assert sorted(await world.applied_events()) == sorted(ids)


async def test_relays_in_two_processes_worth_of_connections_share_one_lease(
    world: World, database_url: str
) -> None:
    if not world.database.is_server:
        pytest.skip("SQLite belongs to one process")
    other = Database(database_url)
    relays = [world.relay(), world.relay(database=other)]
    running = [asyncio.create_task(relay.run()) for relay in relays]
    ids = []
    for _ in range(50):
        await world.publish(event := made())
        ids.append(event.id)
    await until(world.relay().drained)
    await asyncio.gather(world.database.pause(), other.pause())
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    world.database.resume()
    await other.close()
    assert [event.sequence for event in await sent(world)] == list(range(1, 51))
