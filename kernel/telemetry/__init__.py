"""What operators see: JSON logs without personal data, Prometheus metrics, and traces carried through the log."""

from kernel.telemetry.logs import configure_logging, locate_exception, redact_event
from kernel.telemetry.meters import Metrics, metrics
from kernel.telemetry.traces import current_traceparent, new_traceparent, sampled_traceparent, tracing

__all__ = [
    "Metrics",
    "configure_logging",
    "current_traceparent",
    "locate_exception",
    "metrics",
    "new_traceparent",
    "redact_event",
    "sampled_traceparent",
    "tracing",
]
