"""The trace of what is being handled: a W3C traceparent by context, and spans where the trace is recorded.

Nothing here knows OpenTelemetry: whether a trace is sampled is decided on its text, so that those that are not cost
next to nothing. A recorder (`kernel.telemetry.export`) makes the spans of those that are.
"""

import re
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar, Token
from dataclasses import dataclass
from enum import Enum
from secrets import token_hex
from types import MappingProxyType, TracebackType
from typing import Final, Protocol

_FORM: Final = re.compile(
    r"(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?", re.ASCII
)
_LENGTH: Final = 55
_SAMPLED: Final = frozenset("13579bdf")
"""The last digit of the flags where their lowest bit, "sampled", is set."""

_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
_service: ContextVar[str] = ContextVar("traced service", default="")

Attributes = Mapping[str, object]
_NONE: Final[Attributes] = MappingProxyType({})


class Kind(Enum):
    """What a span is to its trace, as OpenTelemetry names it."""

    SERVER = "SERVER"
    CLIENT = "CLIENT"
    PRODUCER = "PRODUCER"
    CONSUMER = "CONSUMER"
    INTERNAL = "INTERNAL"


class Span(Protocol):
    """Recorded work. Whatever is told passes the list of what may leave (`kernel.telemetry.attributes`)."""

    @property
    def traceparent(self) -> str:
        """What work below this span carries."""

    def tell(self, attributes: Attributes, *, name: str = "", failed: bool = False) -> None:
        """Add attributes, name the span anew, or mark the work as failed."""

    def end(self, error: type[BaseException] | None) -> None:
        """The work is done; `error` is what ended it. Its message is never looked at."""


class Recorder(Protocol):
    """Decides which traces are sampled, and makes their spans."""

    def samples(self, trace_id: str, flagged: bool | None) -> bool:
        """Whether to record a trace; `flagged` is what the caller decided, None where we begin it."""

    def start(
        self, service: str, kind: Kind, name: str, trace_id: str, parent: str | None, links: Collection[str]
    ) -> Span:
        """A span of `service` in the trace, below the traceparent `parent`, linked to the traceparents `links`."""


@dataclass(slots=True)
class _Process:
    recorder: Recorder | None = None


_process = _Process()


def record_with(recorder: Recorder | None) -> Recorder | None:
    """From now on this process records its spans with `recorder` (None: not at all). Returns the one before."""
    before, _process.recorder = _process.recorder, recorder
    return before


def is_recording() -> bool:
    """Whether this process records spans."""
    return _process.recorder is not None


def current_traceparent() -> str | None:
    """The W3C traceparent of the request or event being handled."""
    return _traceparent.get()


def sampled_traceparent() -> str | None:
    """`current_traceparent` where its trace is sampled: for hot paths, which carry no other."""
    value = _traceparent.get()
    return value if value is not None and value[-1] in _SAMPLED else None


def is_sampled(traceparent: str) -> bool:
    """Whether a well-formed traceparent says that its trace is recorded."""
    return traceparent[-1] in _SAMPLED


def new_traceparent() -> str:
    """A fresh, unsampled W3C traceparent."""
    digits = token_hex(24)
    return f"00-{digits[:32]}-{digits[32:]}-00"


def accepted(traceparent: str | None) -> str | None:
    """`traceparent` as we carry it on, None where it is not one: what clients send goes into the log and to others."""
    found = _FORM.fullmatch(traceparent) if traceparent else None
    if not traceparent or not found:
        return None
    if found[1] == "00":
        return None if found[2] else traceparent
    return "00" + traceparent[2:_LENGTH]  # a later version: what we know of it comes first (W3C, 3.2.4)


class Traced(AbstractContextManager[Span | None]):
    """What is done inside the block carries `traceparent`; the span, where there is one, lasts as long as it."""

    __slots__ = ("_span", "_token", "_was", "service", "traceparent")

    def __init__(self, traceparent: str, span: Span | None = None, service: str = "") -> None:
        self.traceparent = traceparent
        self.service = service
        self._span = span
        self._token: Token[str | None]
        self._was: Token[str]

    def __enter__(self) -> Span | None:
        self._token = _traceparent.set(self.traceparent)
        if self._span is not None:
            self._was = _service.set(self.service)
        return self._span

    def __exit__(
        self, error: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        _traceparent.reset(self._token)
        if self._span is not None:
            _service.reset(self._was)
            self._span.end(error)


Tracing = AbstractContextManager[Span | None]
_UNTRACED: Final[Tracing] = nullcontext()


def tracing(traceparent: str | None) -> Traced:
    """Handle something under `traceparent` (a new, unsampled one where it is none), without a span."""
    return Traced(accepted(traceparent) or new_traceparent())


def entering(service: str, traceparent: str | None, name: str, kind: Kind = Kind.SERVER) -> Traced:
    """Something comes into `service`: under the trace that came along, or a new one; a span where it is sampled."""
    given, recorder = accepted(traceparent), _process.recorder
    value = given or new_traceparent()
    if recorder is None:
        return Traced(value)
    trace_id = value[3:35]
    if not recorder.samples(trace_id, is_sampled(value) if given else None):
        return Traced(value[:-2] + "00")
    span = recorder.start(service, kind, name, trace_id, given, ())
    return Traced(span.traceparent, span, service)


def spanning(
    kind: Kind,
    name: str,
    attributes: Attributes = _NONE,
    *,
    service: str = "",
    parent: str | None = None,
    links: Collection[str] = (),
) -> Tracing:
    """A span below `parent` (or what is being handled), of `service` (or the one at work); none where not sampled."""
    recorder, above = _process.recorder, parent or _traceparent.get()
    if recorder is None or above is None or above[-1] not in _SAMPLED:
        return _UNTRACED
    service = service or _service.get()
    span = recorder.start(service, kind, name, above[3:35], above, links)
    span.tell(attributes)
    return Traced(span.traceparent, span, service)
