"""Prometheus metrics. Labels are words of ours: never an id, an address or anything that a client wrote."""

from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector


class Metrics:
    """The process's metrics; one object, so that five services in one process share one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        made: dict[str, Any] = {"registry": registry}
        self.requests = Counter(
            "chandung_requests", "HTTP requests answered.", ["service", "method", "status"], **made
        )
        self.latency = Histogram("chandung_request_seconds", "Time to answer.", ["service"], **made)
        self.records = Counter("chandung_records", "Records by what became of them.", ["status"], **made)
        self.relayed = Counter("chandung_relayed_events", "Events put into the log.", ["producer"], **made)
        self.relay_failures = Counter(
            "chandung_relay_failures", "Relay cycles that failed.", ["producer"], **made
        )
        self.applied = Counter("chandung_applied_events", "Events applied.", ["consumer", "topic"], **made)
        self.skipped = Counter(
            "chandung_skipped_events",
            "Events known already, or of erased people.",
            ["consumer", "topic"],
            **made,
        )
        self.dead = Counter(
            "chandung_dead_letters", "Events that could not be applied.", ["consumer", "topic"], **made
        )
        self.consumer_failures = Counter(
            "chandung_consumer_failures", "Batches rolled back and tried again.", ["consumer"], **made
        )
        self.lag = Gauge(
            "chandung_consumer_lag_events", "Events not yet applied.", ["consumer", "topic"], **made
        )
        self.decisions = Counter(
            "chandung_access_decisions", "Access decisions.", ["decision", "reason"], **made
        )


@cache
def metrics() -> Metrics:
    """The process's metrics, made on first use."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return Metrics(registry)
