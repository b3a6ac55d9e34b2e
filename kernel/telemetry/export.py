"""Spans by OpenTelemetry's SDK, sent by OTLP over HTTP, as the standard environment variables say.

The SDK is imported only where an endpoint is set: it costs a start 0.25 s of CPU that nobody else need pay.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from kernel.telemetry.traces import record_with

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

FLUSH_S: Final = 3.0
"""How long the end of the process waits for the last spans to leave."""

_IDS: Final = 1 << 64


class TraceSettings(BaseSettings):
    """OpenTelemetry's own variables, as far as they are ours to read.

    Its SDK reads the others itself: OTEL_SERVICE_NAME (absent: gateway, ingest, verify, social, persona),
    OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT, _COMPRESSION, _CERTIFICATE, OTEL_BSP_*.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    otel_exporter_otlp_endpoint: str = Field(
        "", description="Base URL of a collector, such as http://collector:4318; empty: no span is made."
    )
    otel_exporter_otlp_traces_endpoint: str = Field("", description="The whole URL for spans instead.")
    otel_exporter_otlp_protocol: Literal["http/protobuf"] = Field(
        "http/protobuf", description="The only protocol spoken."
    )
    otel_exporter_otlp_traces_protocol: Literal["http/protobuf"] = Field(
        "http/protobuf", description="The same, for spans."
    )
    otel_traces_exporter: Literal["otlp", "none"] = Field("otlp", description="none: no span is made.")
    otel_sdk_disabled: bool = Field(False, description="True: no span is made.")
    otel_traces_sampler: Literal[
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ] = Field(
        "parentbased_always_on",
        description="Which traces are recorded; parentbased: the caller's decision counts where it made one.",
    )
    otel_traces_sampler_arg: float = Field(1.0, ge=0, le=1, description="Share of traces, for traceidratio.")

    @property
    def exports(self) -> bool:
        """Whether spans leave this process at all."""
        endpoint = self.otel_exporter_otlp_traces_endpoint or self.otel_exporter_otlp_endpoint
        return bool(endpoint) and self.otel_traces_exporter == "otlp" and not self.otel_sdk_disabled


class Sampler(NamedTuple):
    """Which traces are recorded. `bound`: those whose id's lower 64 bits lie below it (as OpenTelemetry counts)."""

    heeds_caller: bool
    bound: int

    def samples(self, trace_id: str, flagged: bool | None) -> bool:
        """The caller's decision where there is one that counts, our share of trace ids otherwise."""
        if flagged is not None and self.heeds_caller:
            return flagged
        return int(trace_id[16:], 16) < self.bound


def sampler_of(settings: TraceSettings) -> Sampler:
    """The sampler by its standard name."""
    _, heeds_caller, name = settings.otel_traces_sampler.rpartition("parentbased_")
    share = {"always_on": 1.0, "always_off": 0.0}.get(name, settings.otel_traces_sampler_arg)
    return Sampler(bool(heeds_caller), round(share * _IDS))


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
