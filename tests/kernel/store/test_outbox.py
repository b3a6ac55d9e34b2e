"""Publishing: events leave with their transaction or not at all."""

import pytest
import sqlalchemy as sa

from kernel.contracts.topics import TOPICS
from kernel.store.outbox import publish, unpack
from tests.kernel.store.world import World, made, store


async def test_events_of_a_transaction_that_fails_are_never_sent(world: World) -> None:
    with pytest.raises(ZeroDivisionError):
        async with world.database.transaction() as tx:
            await publish(tx, store, [made()])
            _ = 1 / 0
    assert await world.relay().drained()


async def test_one_row_carries_all_events_of_a_topic_in_order(world: World) -> None:
    events = [made() for _ in range(30)]
    await world.publish(*events)
    (row,) = await world.rows(sa.select(store.outbox))
    assert (row.topic, row.size, row.first_sequence) == ("subjects.changed", 30, None)
    pairs = unpack(row.events)
    assert [key.decode() for key, _ in pairs] == [event.subject for event in events]
    assert [TOPICS[row.topic].decode(body) for _, body in pairs] == events


async def test_nothing_to_publish_is_no_row(world: World) -> None:
    await world.publish()
    assert await world.relay().drained()
