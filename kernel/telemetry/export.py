"""Spans by OpenTelemetry's SDK, sent by OTLP over HTTP, as the standard environment variables say.

The SDK is imported only where an endpoint is set: it costs a start 0.25 s of CPU that nobody else need pay.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Final

from kernel.telemetry.settings import TraceSettings, sampler_of
from kernel.telemetry.traces import record_with

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

FLUSH_S: Final = 3.0
"""How long the end of the process waits for the last spans to leave."""


@contextmanager
def exporting(settings: TraceSettings | None = None) -> Iterator[None]:
    """Spans made inside the block leave by OTLP, where the environment (or `settings`) names an endpoint.

    Raises ValidationError where a variable holds what is not understood, a gRPC protocol for one. A collector that
    does not answer costs spans and nothing else: they are dropped past OTEL_BSP_MAX_QUEUE_SIZE.
    """
    settings = settings or TraceSettings()
    if not settings.exports:
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    processor = BatchSpanProcessor(OTLPSpanExporter())
    try:
        with recording(processor, settings):
            yield
    finally:
        last = Thread(
            target=processor.shutdown, daemon=True
        )  # by itself it would wait 30 s for a dead collector
        last.start()
        last.join(FLUSH_S)


@contextmanager
def recording(processor: "SpanProcessor", settings: TraceSettings) -> Iterator[None]:
    """Spans made inside the block go to `processor`, as far as `settings` sample them."""
    from kernel.telemetry.sdk import SpanRecorder

    before = record_with(SpanRecorder(processor, sampler_of(settings)))
    try:
        yield
    finally:
        record_with(before)
