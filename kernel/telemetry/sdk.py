"""The recorder that makes OpenTelemetry's spans. The one module that imports its SDK: `export` loads it when wanted."""

from collections.abc import Collection
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)
from opentelemetry.trace import Span as SdkSpan

from kernel.telemetry.attributes import may_leave, name_that_may_leave
from kernel.telemetry.settings import Sampler
from kernel.telemetry.traces import Attributes, Kind, Span

NAMESPACE: Final = "chandung"

_root: ContextVar[int] = ContextVar("trace id of the root span being made")


class _OurIds(RandomIdGenerator):
    """A root span has the trace id on which we decided to record it."""

    def generate_trace_id(self) -> int:
        return _root.get()


@dataclass(slots=True)
class SpanRecorder:
    """Makes spans for `processor`: by a tracer each service, because five services may share this process."""

    processor: SpanProcessor
    sampler: Sampler
    _tracers: dict[str, Tracer] = field(default_factory=dict)

    def samples(self, trace_id: str, flagged: bool | None) -> bool:
        """Whether a trace is recorded."""
        return self.sampler.samples(trace_id, flagged)

    def start(
        self, service: str, kind: Kind, name: str, trace_id: str, parent: str | None, links: Collection[str]
    ) -> Span:
        """A span in the trace; the first of it where `parent` is none."""
        context = Context()
        if parent is None:
            _root.set(int(trace_id, 16))
        else:
            context = set_span_in_context(NonRecordingSpan(_context_of(parent)), context)
        span = self._tracer(service).start_span(
            name_that_may_leave(name, kind.value),
            context,
            kind=SpanKind[kind.value],
            links=[Link(_context_of(link)) for link in links],
        )
        return _Recorded(span, trace_id)

    def _tracer(self, service: str) -> Tracer:
        if service not in self._tracers:
            self._tracers[service] = _make_tracer(self.processor, service)
        return self._tracers[service]


@dataclass(slots=True)
class _Recorded:
    """The narrow way to a span: no exception's message, no event, no attribute off the list gets through."""

    span: SdkSpan
    trace_id: str

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{self.span.get_span_context().span_id:016x}-01"

    def tell(self, attributes: Attributes, *, name: str = "", failed: bool = False) -> None:
        for key, value in attributes.items():
            if may_leave(key, value) and isinstance(value, str | int):
                self.span.set_attribute(key, value)
        if name and name_that_may_leave(name, "") == name:
            self.span.update_name(name)
        if failed:
            self.span.set_status(Status(StatusCode.ERROR))

    def end(self, error: type[BaseException] | None) -> None:
        if error is not None:
            self.tell({"error.type": error.__qualname__}, failed=True)
        self.span.end()


def _context_of(traceparent: str) -> SpanContext:
    return SpanContext(int(traceparent[3:35], 16), int(traceparent[36:52], 16), True, TraceFlags(1))


def _make_tracer(processor: SpanProcessor, service: str) -> Tracer:
    told = (
        OTELResourceDetector().detect().attributes
    )  # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come first
    resource = Resource.create({"service.name": service, "service.namespace": NAMESPACE, **told})
    provider = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False, id_generator=_OurIds())
    provider.add_span_processor(processor)
    return provider.get_tracer(NAMESPACE)
