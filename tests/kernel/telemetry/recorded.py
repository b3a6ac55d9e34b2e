"""Spans as tests see them: kept in memory, or received by a collector on this machine that speaks OTLP over HTTP."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from kernel.telemetry.export import recording
from kernel.telemetry.settings import TraceSettings

KINDS = {1: "INTERNAL", 2: "SERVER", 3: "CLIENT", 4: "PRODUCER", 5: "CONSUMER"}


@contextmanager
def kept(sampler: str = "parentbased_always_on", share: float = 1.0) -> Iterator[InMemorySpanExporter]:
    """Every span that is made inside the block."""
    exporter = InMemorySpanExporter()
    settings = TraceSettings(otel_traces_sampler=sampler, otel_traces_sampler_arg=share)  # type: ignore[arg-type]
    with recording(SimpleSpanProcessor(exporter), settings):
        yield exporter


def seen(exporter: InMemorySpanExporter) -> list[tuple[str, str, str]]:
    """(service, kind, name) of each kept span, as they ended."""
    return [(service_of(span), span.kind.name, span.name) for span in exporter.get_finished_spans()]


def service_of(span: ReadableSpan) -> str:
    """The service that made a span."""
    return str(span.resource.attributes["service.name"])


class Received(NamedTuple):
    """A span as it came over the wire."""

    service: str
    kind: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[str, ...]
    attributes: dict[str, Any]


@dataclass
class Collector:
    """What arrived, raw and decoded."""

    url: str
    bodies: list[bytes] = field(default_factory=list)

    @property
    def spans(self) -> list[Received]:
        """Every span so far."""
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            _read(str(_attributes(part.resource.attributes)["service.name"]), span)
            for request in requests
            for part in request.resource_spans
            for scope in part.scope_spans
            for span in scope.spans
        ]


def _read(service: str, span: Any) -> Received:
    return Received(
        service,
        KINDS[span.kind],
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        tuple(link.trace_id.hex() for link in span.links),
        _attributes(span.attributes),
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


@contextmanager
def collector() -> Iterator[Collector]:
    """A collector on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            if self.path == "/v1/traces":
                made.bodies.append(body)
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Collector(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
