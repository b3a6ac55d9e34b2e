"""Traces go through the log: what a relay sends and a consumer applies belongs to the requests that it came from."""

from collections.abc import Sequence

import msgspec
from opentelemetry.sdk.trace import ReadableSpan
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.telemetry import current_traceparent, new_traceparent
from tests.kernel.store.conftest import database, database_url, log, world
from tests.kernel.store.world import TOPIC, World, made
from tests.kernel.telemetry.recorded import kept, seen

__all__ = ["database", "database_url", "log", "world"]


def sampled() -> str:
    """The trace of a request that is recorded elsewhere."""
    return new_traceparent()[:-2] + "01"


def event(traceparent: str | None) -> Event:
    """An event of a request with that trace."""
    return msgspec.structs.replace(made(), traceparent=traceparent)


def traces_of(span: ReadableSpan) -> set[str]:
    """The ids of the trace that a span belongs to and of those that it is linked to."""
    assert span.context is not None
    linked = {f"{link.context.trace_id:032x}" for link in span.links}
    return linked | {f"{span.context.trace_id:032x}"}


async def test_a_batch_belongs_to_its_first_trace_and_is_linked_to_the_others(world: World) -> None:
    traces = [sampled(), sampled(), sampled()]
    carried: list[str | None] = []

    async def remember_trace(_tx: AsyncConnection, _events: Sequence[Event]) -> None:
        carried.append(current_traceparent())

    with kept() as spans:
        await world.publish(
            *map(event, [None, traces[0], new_traceparent(), traces[1], traces[0], traces[2]])
        )
        await world.relay_all()
        await world.consume_all(world.consumer(remember_trace))
    finished = spans.get_finished_spans()
    sent = [span for span in finished if span.kind.name == "PRODUCER"]
    applied = [span for span in finished if span.kind.name == "CONSUMER"]
    wanted = {trace[3:35] for trace in traces}
    assert [span.name for span in sent] == [f"send {TOPIC}"]
    assert traces_of(sent[0]) == wanted
    assert {trace for span in applied for trace in traces_of(span)} == wanted
    assert {span.name for span in applied} == {f"process {TOPIC}"}
    assert all(span.resource.attributes["service.name"] == "tester" for span in finished)
    told = dict(sent[0].attributes or {})
    assert told["messaging.batch.message_count"] == 6
    assert told["messaging.destination.name"] == TOPIC
    assert dict(applied[0].attributes or {})["messaging.consumer.group.name"] == "tester.all"
    own = {
        f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-01" for span in applied if span.context
    }
    assert own <= set(carried)  # what a handler publishes goes on below the consumer's span


async def test_events_of_unrecorded_requests_make_no_span_and_keep_their_trace(world: World) -> None:
    carried: list[str | None] = []

    async def remember_trace(_tx: AsyncConnection, _events: Sequence[Event]) -> None:
        carried.append(current_traceparent())

    trace = new_traceparent()
    with kept() as spans:
        await world.publish(event(trace))
        await world.relay_all()
        await world.consume_all(world.consumer(remember_trace))
    assert seen(spans) == []
    assert carried == [trace]


async def test_a_foreign_trace_that_is_none_hurts_nobody(world: World) -> None:
    with kept() as spans:
        await world.publish(
            event("09123459871"), event("1"), event(f"00-{'0' * 32}-{'0' * 16}-01"), event("")
        )
        await world.relay_all()
        await world.consume_all()
    assert seen(spans) == []
    assert len(await world.applied_events()) == 4
    assert await world.letters() == []


async def test_without_a_recorder_nothing_is_searched_and_all_is_applied(world: World) -> None:
    await world.publish(*(event(sampled()) for _ in range(3)))
    await world.relay_all()
    await world.consume_all()
    assert len(await world.applied_events()) == 3
