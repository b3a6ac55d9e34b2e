"""What OpenTelemetry's standard environment variables say of spans: where they go, and which are recorded."""

from typing import Final, Literal, NamedTuple

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

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
