"""What tracing costs: `python -m bench.tracing`. CPU µs a request of the boundary around an app that does nothing.

The same request (with and without a caller's trace) where nothing is exported, where it is but the trace is not
sampled, and where it is sampled. Then a relayed and an applied event of unsampled traces while spans are recorded.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from opentelemetry.sdk.trace import SpanProcessor

from kernel.contracts.subjects import SubjectCreated
from kernel.telemetry import new_traceparent
from kernel.telemetry.export import recording
from kernel.telemetry.messaging import sampled_among
from kernel.telemetry.settings import TraceSettings
from kernel.web.asgi import Message, Receive, Scope, Send
from kernel.web.middleware import Boundary

TURNS, ROUNDS = 20_000, 7


async def nothing(_scope: Scope, _receive: Receive, send: Send) -> None:
    """The least that an app can do."""
    await send({"type": "http.response.start", "status": 202, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _silence() -> Message:
    return {"type": "http.disconnect"}


async def _swallow(_message: Message) -> None:
    return None


async def requests(headers: list[tuple[bytes, bytes]]) -> None:
    """TURNS requests through a boundary."""
    app = Boundary(nothing, "bench", traced_as="bench")
    for _ in range(TURNS):
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/v1/records",
            "headers": headers,
            "chandung.route": "/v1/records",
        }
        await app(scope, _silence, _swallow)


def measured(work: Callable[[], Coroutine[Any, Any, None]]) -> float:
    """CPU µs a turn: the median of some rounds."""
    figures = []
    for _ in range(ROUNDS):
        started = time.process_time()
        asyncio.run(work())
        figures.append(1e6 * (time.process_time() - started) / TURNS)
    return statistics.median(figures)


@contextmanager
def recorded(sampler: str) -> Iterator[None]:
    """Spans are made and go nowhere: what sending them costs is the sending thread's."""
    settings = TraceSettings(otel_traces_sampler=sampler, otel_traces_sampler_arg=0.0)
    with recording(SpanProcessor(), settings):
        yield


def report(what: str) -> None:
    """Print a line: without a caller's trace, and with one that is not sampled."""
    trace = [(b"traceparent", new_traceparent().encode())]
    print(f"{what:<32}{measured(lambda: requests([])):8.2f}{measured(lambda: requests(trace)):8.2f}")


def event_cost() -> float:
    """CPU µs to look for sampled traces, an event."""
    now, trace = datetime.now(UTC), new_traceparent()
    event = SubjectCreated(
        id="1", version=1, subject="1", occurred_at=now, recorded_at=now, traceparent=trace
    )
    events = [event] * TURNS
    started = time.process_time()
    sampled_among(events)
    return 1e6 * (time.process_time() - started) / TURNS


def main() -> None:
    """Print the figures."""
    print(f"{'CPU µs a request':<32}{'no trace':>8}{'a trace':>8}")
    report("no endpoint")
    with recorded("parentbased_traceidratio"):
        report("recorded, not sampled")
        print(f"{'the same, an event applied':<32}{event_cost():8.2f}")
    with recorded("always_on"):
        report("sampled")


if __name__ == "__main__":
    main()
