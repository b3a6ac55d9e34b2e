"""Spans of what goes through the log, by OpenTelemetry's messaging conventions: sent by a relay, applied by a consumer.

A batch holds events of many traces: its span belongs to the first that is sampled, and is linked to the others.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Final, Protocol

from kernel.contracts.event import Event
from kernel.telemetry.traces import Kind, Tracing, accepted, is_recording, is_sampled, spanning, tracing

SYSTEM: Final = "chandung"
"""The log by one name, whichever engine holds it: the mode is nobody's business."""

MOST_LINKS: Final = 127
"""Links that a span may have beside its parent (the SDK's limit is 128)."""

_KEY: Final = b'"traceparent":"'
_SAMPLED_IN_JSON = re.compile(
    rb'"traceparent":"(00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f][13579bdf])"'
)


Load = dict[str, tuple[dict[str, None], int]]
"""By topic: the recorded traces (in order, each once), and the number of events."""


class Encoded(Protocol):
    """An event on its way into the log."""

    @property
    def topic(self) -> str:
        """Where it goes."""

    @property
    def value(self) -> bytes:
        """The event as JSON."""


def applying(consumer: str, topic: str, events: Sequence[Event]) -> Tracing:
    """Apply `events` (one at least) as `consumer`; what is published meanwhile carries the trace."""
    traces = sampled_among(events)
    if not traces:
        return tracing(events[0].traceparent)
    return _batch(Kind.CONSUMER, "process", consumer, topic, traces, len(events), group=consumer)


def sampled_among(events: Iterable[Event]) -> list[str]:
    """The traceparents of the recorded traces in `events`, each once; none where this process records nothing."""
    if not is_recording():
        return []
    told = (event.traceparent for event in events)
    return list(dict.fromkeys(value for value in told if value and is_sampled(value) and accepted(value)))


def processing(consumer: str, load: Load) -> AbstractContextManager[object]:
    """Apply a load that was gathered from several batches: a span a topic that holds recorded traces."""
    return _each(Kind.CONSUMER, "process", consumer, load, group=consumer)


def relaying(producer: str, entries: Sequence[Encoded]) -> AbstractContextManager[object]:
    """Send `entries` into the log: a span a topic that holds events of recorded traces. The bodies are only searched."""
    return _each(Kind.PRODUCER, "send", producer, _load_of(entries)) if is_recording() else nullcontext()


def gather(load: Load, topic: str, traces: Iterable[str], count: int) -> None:
    """Add `count` events of `topic` that hold the recorded `traces` to `load`."""
    known, before = load.get(topic, ({}, 0))
    known.update(dict.fromkeys(traces))
    load[topic] = known, before + count


def _load_of(entries: Sequence[Encoded]) -> Load:
    load: Load = {}
    for entry in entries:
        at = entry.value.find(_KEY)  # 0.2 µs; the expression alone takes 1
        if at >= 0 and (found := _SAMPLED_IN_JSON.match(entry.value, at)):
            gather(load, entry.topic, (found[1].decode(),), 0)
    if load:
        for topic, count in Counter(entry.topic for entry in entries).items():
            gather(load, topic, (), count)
    return load


def _each(kind: Kind, verb: str, who: str, load: Load, *, group: str = "") -> AbstractContextManager[object]:
    spans = ExitStack()
    for topic, (traces, count) in load.items():
        if traces:
            spans.enter_context(_batch(kind, verb, who, topic, list(traces), count, group=group))
    return spans


def _batch(
    kind: Kind, verb: str, who: str, topic: str, traces: Sequence[str], count: int, *, group: str = ""
) -> Tracing:
    attributes = {
        "messaging.system": SYSTEM,
        "messaging.operation.name": verb,
        "messaging.operation.type": verb,
        "messaging.destination.name": topic,
        "messaging.batch.message_count": count,
        **({"messaging.consumer.group.name": group} if group else {}),
    }
    return spanning(
        kind,
        f"{verb} {topic}",
        attributes,
        service=who.partition(".")[0],
        parent=traces[0],
        links=traces[1 : MOST_LINKS + 1],
    )
