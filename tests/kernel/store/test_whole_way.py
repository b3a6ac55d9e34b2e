"""Whatever happens on the way from a transaction to an effect, and in which order: each event, once, in order."""

import asyncio
import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.topics import TOPICS
from kernel.log.open import open_log
from kernel.log.port import LogUnavailable
from kernel.store.engine import Database
from tests.kernel.store.world import TOPIC, Fault, World, made, metadata

SUBJECTS = [f"0193e0a5-0000-7000-8000-{number:012}" for number in range(3)]

STEPS = st.one_of(
    st.tuples(st.just("publish"), st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=6)),
    st.tuples(
        st.sampled_from(["relay", "crash before", "crash after", "new relay", "step", "reread", "restart"])
    ),
)


async def play(folder: str, steps: list[tuple[object, ...]]) -> None:
    database, log = (
        Database(f"sqlite:///{folder}/service.db"),
        open_log(f"sqlite:///{folder}/log.db"),
    )
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    await log.start()
    await log.create_topics(TOPICS.values())
    world, published = World(database, log), []
    fault = {"before": False, "after": False}
    shaky = Fault(log, lambda: fault["before"], lambda: fault["after"])
    relay, sent, consumer = world.relay(shaky), (), world.consumer(limit=4)
    member = await log.subscribe(consumer.name, [TOPIC], consumer.position_of)
    for action, *rest in steps:
        match action:
            case "publish":
                events = [made(subject) for subject in rest[0]]
                published += events
                await world.publish(*events)
            case "relay":
                sent = await relay.cycle(sent)
            case "crash before" | "crash after":
                fault[str(action).split()[1]] = True
                try:
                    sent = await relay.cycle(sent)
                except LogUnavailable:
                    sent = ()
                fault.update(before=False, after=False)
            case "new relay":
                await relay.release()
                relay, sent = world.relay(shaky), ()
            case "step":
                await consumer.step(member, wait=0.0)
            case "reread":
                await member.rewind()
            case "restart":
                consumer = world.consumer(limit=3)
                member = await log.subscribe(consumer.name, [TOPIC], consumer.position_of)
    await relay.release()
    await world.relay_all()
    await world.consume_all()
    effects = await world.applied_events()
    assert sorted(effects) == sorted(event.id for event in published)
    for subject in SUBJECTS:
        ids = [event.id for event in published if event.subject == subject]
        assert [event for event in effects if event in ids] == ids
    await log.stop()
    await database.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_every_event_has_its_effect_once_and_in_order(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(folder, steps))
