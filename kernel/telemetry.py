"""What operators see: JSON logs without personal data, Prometheus metrics, and traces carried through the log."""

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from secrets import token_hex
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from kernel.privacy.scrub import scrub_log_value

_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)


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
    return Metrics(CollectorRegistry())


def configure_logging(level: str = "info") -> None:
    """JSON lines on standard error; every value passes the redaction of personal data."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            locate_exception,
            redact_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_ToStructlog()], force=True)


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that keeps personal data out of logs."""
    scrubbed = scrub_log_value(event)
    return scrubbed if isinstance(scrubbed, dict) else {"event": "a log line could not be scrubbed"}


def locate_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Where an exception came from, without its message, which may quote what a person typed."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-8:]
        event["raised_at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


class _ToStructlog(logging.Handler):
    """Sends what libraries log the same way as our own lines."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        trouble = f" ({record.exc_info[0].__name__})" if record.exc_info and record.exc_info[0] else ""
        logger.log(record.levelno, record.getMessage() + trouble, logger=record.name)


def current_traceparent() -> str | None:
    """The W3C traceparent of the request or event being handled."""
    return _traceparent.get()


def new_traceparent() -> str:
    """A fresh, unsampled W3C traceparent."""
    return f"00-{token_hex(16)}-{token_hex(8)}-00"


@contextmanager
def tracing(traceparent: str | None) -> Iterator[str]:
    """Handle a request or an event under `traceparent` (or a new one): what is published meanwhile carries it."""
    value = traceparent or new_traceparent()
    token = _traceparent.set(value)
    try:
        yield value
    finally:
        _traceparent.reset(token)
