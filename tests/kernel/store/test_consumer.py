"""Consuming: every effect once, no bad event stops the others, and nobody erased comes back."""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event, Glance, stamp
from kernel.contracts.topics import partition_of
from kernel.ids import new_id
from kernel.log.port import Entry, LogUnavailable
from kernel.store import consumer as module
from kernel.store.outbox import _encoder
from tests.kernel.store.world import TOPIC, World, made, remember, store
from tests.running import until


def stamped(event: Event, sequence: int, *, epoch: str = "e1", producer: str = "p") -> Entry:
    """`event` as a relay would send it."""
    return Entry(TOPIC, event.key, stamp(_encoder.encode(event), producer, epoch, sequence))


def refusing(*ids: str, error: Exception | None = None) -> module.Handle:
    """A handler that cannot bear some events."""

    async def handle(tx: AsyncConnection, events: Sequence[Event]) -> None:
        await remember(tx, events)
        if any(event.id in ids for event in events):
            raise error or ValueError("a bug, or a bad event")

    return handle


async def forget_place(world: World) -> None:
    """Rewind: positions and marks go together with the state."""
    async with world.database.transaction() as tx:
        for table in ("consumer_position", "producer_mark"):
            await tx.execute(sa.text(f"DELETE FROM {table}"))


async def test_a_repeated_event_has_no_second_effect(world: World) -> None:
    events = [made() for _ in range(50)]
    entries = [stamped(event, number) for number, event in enumerate(events, 1)]
    await world.log.append(entries)
    await world.consume_all()
    await world.log.append(entries[20:])
    await world.consume_all()
    assert sorted(await world.applied_events()) == sorted(event.id for event in events)


async def test_events_of_a_subject_are_applied_in_order(world: World) -> None:
    subject = new_id()
    events = [made(subject) for _ in range(40)]
    await world.log.append([stamped(event, number) for number, event in enumerate(events, 1)])
    await world.consume_all(world.consumer(limit=7))
    assert await world.applied_events() == [event.id for event in events]


async def test_producers_and_epochs_are_counted_apart(world: World) -> None:
    subject = new_id()
    entries = [stamped(made(subject), 5, producer=p, epoch=e) for p in ("a", "b") for e in ("1", "2")]
    await world.log.append(entries)
    await world.consume_all()
    assert len(await world.applied_events()) == 4


class Aged(Glance, frozen=True):
    """An event as far as its version."""

    version: int = 0


async def test_a_sifting_handler_gets_what_it_wants_once_and_passes_over_the_rest(world: World) -> None:
    events = [msgspec.structs.replace(made(), version=1 + number % 3) for number in range(30)]
    entries = [stamped(event, number) for number, event in enumerate(events, 1)]
    sift = module.Sift(Aged, lambda event: event.version == 2)
    handlers = [module.Handler(TOPIC, "service", remember, sift=sift)]
    consumer = module.Consumer("tester.some", world.database, store, world.log, handlers)
    for news in (entries, entries):
        await world.log.append(news)
        await world.consume_all(consumer)
    wanted = [event.id for event in events if event.version == 2]
    assert sorted(await world.applied_events()) == sorted(wanted)
    assert await consumer.lag() == {TOPIC: 0}


async def test_two_members_that_read_the_same_apply_it_once(world: World) -> None:
    consumers = [world.consumer(limit=5), world.consumer(limit=5)]
    running = [asyncio.create_task(consumer.run()) for consumer in consumers]
    number = 0
    for _ in range(20):
        entries = []
        for _ in range(10):
            number += 1
            entries.append(stamped(made(), number))
        await world.log.append(entries)
        await asyncio.sleep(0.005)

    async def all_applied() -> bool:
        return len(await world.applied_events()) >= 200

    await until(all_applied)
    await world.stop(*running)
    assert len(set(await world.applied_events())) == len(await world.applied_events()) == 200


async def test_a_member_that_was_frozen_changes_nothing(world: World) -> None:
    frozen, other = world.consumer(), world.consumer()
    member = await world.log.subscribe("tester.all", [TOPIC], frozen.position_of)
    await world.log.append([stamped(made(), 1)])
    await world.consume_all(other)
    assert await frozen.step(member, wait=0.05) == 0
    assert await frozen.step(member, wait=0.05) == 0
    await world.log.append([stamped(late := made(), 2)])
    assert await frozen.step(member, wait=0.05) == 1
    assert (await world.applied_events())[1:] == [late.id]


@pytest.mark.parametrize("count", [1, 2, 100])
async def test_one_bad_event_is_put_aside_alone(world: World, count: int) -> None:
    events = [made() for _ in range(count)]
    bad = events[count // 2]
    entries = {event.id: stamped(event, number) for number, event in enumerate(events, 1)}
    await world.log.append(list(entries.values()))
    consumer = world.consumer(refusing(bad.id))
    await world.consume_all(consumer)
    await world.consume_all(world.consumer(refusing(bad.id)))
    assert sorted(await world.applied_events()) == sorted(e.id for e in events if e is not bad)
    (letter,) = await world.letters()
    assert letter.value == entries[bad.id].value
    assert (letter.subject, letter.reason, letter.topic) == (bad.subject, "ValueError", TOPIC)
    assert await consumer.lag() == {TOPIC: 0}


async def test_bytes_that_are_no_event_are_put_aside_too(world: World) -> None:
    await world.log.append([Entry(TOPIC, b"k", b"\xff not JSON"), Entry(TOPIC, b"k", b'{"type":"Unknown"}')])
    await world.log.append([stamped(good := made(), 1)])
    await world.consume_all()
    assert await world.applied_events() == [good.id]
    assert {letter.value for letter in await world.letters()} == {b"\xff not JSON", b'{"type":"Unknown"}'}


async def test_what_compaction_emptied_is_no_event(world: World) -> None:
    await world.log.append([Entry(TOPIC, b"k", b""), stamped(good := made(), 1)])
    await world.consume_all()
    assert await world.applied_events() == [good.id]
    assert await world.letters() == []


@pytest.mark.parametrize("error", [LogUnavailable("away"), ConnectionResetError(), sa.exc.TimeoutError()])
async def test_what_passes_by_itself_is_tried_again_and_buries_nobody(
    world: World, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_S", (0.01, 0.02))
    tries = 0

    async def shaky(tx: AsyncConnection, events: Sequence[Event]) -> None:
        nonlocal tries
        tries += 1
        await remember(tx, events)
        if tries < 4:
            raise error

    await world.log.append([stamped(made(), number) for number in range(1, 31)])
    running = asyncio.create_task(world.consumer(shaky).run())

    async def all_applied() -> bool:
        return len(await world.applied_events()) >= 30

    await until(all_applied)
    await world.stop(running)
    assert len(set(await world.applied_events())) == len(await world.applied_events()) == 30
    assert await world.letters() == []
    assert tries >= 4


async def test_a_database_that_ends_the_connection_buries_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not world.database.is_server:
        pytest.skip("SQLite has no connection to lose")
    monkeypatch.setattr(module, "WAIT_S", (0.01, 0.02))
    tries = 0

    async def cut_off(tx: AsyncConnection, events: Sequence[Event]) -> None:
        nonlocal tries
        tries += 1
        await remember(tx, events)
        if tries < 3:
            await tx.execute(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))

    await world.log.append([stamped(made(), number) for number in range(1, 31)])
    running = asyncio.create_task(world.consumer(cut_off).run())

    async def all_applied() -> bool:
        return len(await world.applied_events()) >= 30

    await until(all_applied)
    await world.stop(running)
    assert await world.letters() == []


async def test_a_text_that_the_database_cannot_hold_is_the_events_fault(world: World) -> None:
    async def keep(tx: AsyncConnection, events: Sequence[Event]) -> None:
        await remember(tx, events)
        if any(event.id == bad.id for event in events):
            value = "\0" if world.database.is_server else 2**70
            await tx.execute(sa.text("UPDATE applied SET event = :value"), {"value": value})

    bad, good = made(), made()
    await world.log.append([stamped(bad, 1), stamped(good, 2)])
    await world.consume_all(world.consumer(keep))
    assert await world.applied_events() == [good.id]
    assert len(await world.letters()) == 1


async def erase(world: World, subject: str) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(sa.insert(store.erased).values(subject=subject, at=datetime.now(UTC)))


async def test_events_of_erased_people_have_no_effect(world: World) -> None:
    gone, here = made(), made()
    await erase(world, gone.subject or "")
    await world.log.append([stamped(gone, 1), stamped(here, 2)])
    await world.consume_all()
    assert await world.applied_events() == [here.id]


async def test_who_erases_sees_the_erased(world: World) -> None:
    gone = made()
    await erase(world, gone.subject or "")
    await world.log.append([stamped(gone, 1)])
    await world.consume_all(world.consumer(sees_erased=True))
    assert await world.applied_events() == [gone.id]


async def test_a_bad_event_of_an_erased_person_is_not_kept(world: World) -> None:
    gone = new_id()
    await erase(world, gone)
    await world.log.append([Entry(TOPIC, gone.encode(), b"no event of theirs"), stamped(good := made(), 1)])
    await world.consume_all()
    assert await world.applied_events() == [good.id]
    assert await world.letters() == []


async def test_a_bad_event_of_an_erased_person_is_kept_for_who_erases(world: World) -> None:
    gone = new_id()
    await erase(world, gone)
    await world.log.append([Entry(TOPIC, gone.encode(), b"perhaps their erasure")])
    await world.consume_all(world.consumer(sees_erased=True))
    assert [letter.value for letter in await world.letters()] == [b"perhaps their erasure"]


async def test_a_rewind_with_its_marks_applies_everything_again(world: World) -> None:
    events = [made() for _ in range(20)]
    bad = events[3]
    await world.log.append([stamped(event, number) for number, event in enumerate(events, 1)])
    consumer = world.consumer(refusing(bad.id))
    member = await world.log.subscribe(consumer.name, [TOPIC], consumer.position_of)
    await consumer.step(member)
    await forget_place(world)
    await world.log.append([stamped(late := made(events[0].subject), 21)])
    await consumer.step(member)  # learns of it by being fenced, without a restart
    while await consumer.step(member, wait=0.05):
        pass
    ids = [event.id for event in [*events, late] if event is not bad]
    assert sorted(await world.applied_events()) == sorted([*ids, *ids[:-1]])
    assert len(await world.letters()) == 1


async def test_a_position_set_back_without_its_marks_changes_nothing(world: World) -> None:
    await world.log.append([stamped(made(), number) for number in range(1, 21)])
    await world.consume_all()
    async with world.database.transaction() as tx:
        await tx.execute(sa.update(store.position).values(next_offset=0))
    await world.consume_all()
    assert len(await world.applied_events()) == 20


async def test_the_lag_is_what_is_not_applied_yet(world: World) -> None:
    consumer = world.consumer()
    await world.log.append([stamped(made(), number) for number in range(1, 8)])
    assert await consumer.lag() == {TOPIC: 7}
    await world.consume_all(consumer)
    assert await consumer.lag() == {TOPIC: 0}


async def test_a_lost_position_is_said_and_heals_when_someone_decides(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOST_S", 0.02)
    subject = new_id()
    await world.log.append([stamped(made(subject), number) for number in range(1, 5)])
    await world.log.expire(now=datetime.now(UTC).timestamp() + 1e8)  # type: ignore[attr-defined]
    place = {"consumer": "tester.all", "topic": TOPIC, "partition": partition_of(subject.encode())}
    async with world.database.transaction() as tx:
        await tx.execute(sa.insert(store.position).values(**place, next_offset=1))
    consumer = world.consumer()
    running = asyncio.create_task(consumer.run())

    async def said() -> bool:
        return TOPIC in consumer.lost

    await until(said)
    async with world.database.transaction() as tx:
        await tx.execute(sa.update(store.position).values(next_offset=0))
    await world.log.append([stamped(made(subject), 5)])

    async def healed() -> bool:
        return len(await world.applied_events()) == 1 and not consumer.lost

    await until(healed)
    await world.stop(running)


async def test_under_load_many_arrivals_share_a_transaction(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PACE_S", 0.1)
    turns = 0

    async def counting(tx: AsyncConnection, events: Sequence[Event]) -> None:
        nonlocal turns
        turns += 1
        await remember(tx, events)

    running = asyncio.create_task(world.consumer(counting).run())
    began = time.monotonic()
    for number in range(1, 61):
        await world.log.append([stamped(made(), number)])

    async def all_applied() -> bool:
        return len(await world.applied_events()) >= 60

    await until(all_applied)
    assert turns <= (time.monotonic() - began) / 0.1 + 2
    await world.stop(running)
    assert len(await world.applied_events()) == 60


async def test_a_consumer_stopped_at_any_moment_neither_loses_nor_repeats(world: World) -> None:
    chance, number = random.Random(5), 0  # noqa: S311 - repeatable chance, no secret
    for _ in range(12):
        running = asyncio.create_task(world.consumer(limit=9).run())
        for _ in range(3):
            entries = []
            for _ in range(10):
                number += 1
                entries.append(stamped(made(), number))
            await world.log.append(entries)
            await asyncio.sleep(chance.random() * 0.01)
        await world.stop(running)
    await world.consume_all()
    assert len(set(await world.applied_events())) == len(await world.applied_events()) == number
