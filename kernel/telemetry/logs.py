"""JSON log lines on standard error, with the trace they belong to and without personal data."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

from kernel.privacy.scrub import scrub_log_value
from kernel.telemetry.traces import current_traceparent


def configure_logging(level: str = "info") -> None:
    """JSON lines on standard error; every value passes the redaction of personal data."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            name_trace,
            locate_exception,
            redact_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_ToStructlog()], force=True)


def name_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that adds the id of the trace at work, by which lines and spans are found together."""
    traceparent = current_traceparent()
    if traceparent is not None:
        event["trace_id"] = traceparent[3:35]
    return event


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
