"""What every request passes, as plain ASGI: bounds of the body, the caller, trace, metrics, and no crash unanswered."""

import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import structlog

from kernel.errors import Fault, MalformedInput, TooLarge
from kernel.telemetry import metrics, tracing
from kernel.telemetry.attributes import method_of
from kernel.telemetry.traces import Traced, entering
from kernel.traffic import traffic
from kernel.web.asgi import ASGIApp, Message, Receive, Scope, Send, header
from kernel.web.internal import HEADER, InternalTokens
from kernel.web.problems import fault_of, problem_response
from kernel.web.spans import answered

OPEN_PATHS = frozenset({"/livez", "/readyz", "/metrics", "/openapi.json"})

MAX_BODY = 5 * 1024 * 1024
"""Bytes of a body after inflating (public contract: 5 MB a batch)."""


@dataclass(slots=True)
class Boundary:
    """Outermost: carries the trace, counts, and answers with a problem where anything below raised."""

    app: ASGIApp
    service: str
    traced_as: str = ""
    """The service whose spans it makes; empty: a boundary around this one makes them."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        busy = traffic()
        busy.in_flight += 1
        with self._traced(scope) as span:
            try:
                await self.app(scope, receive, watch)
            except Exception as error:  # noqa: BLE001 - the last place that can still answer
                status = await self._refuse(error, scope, receive, watch, answered=bool(status))
            finally:
                busy.in_flight -= 1
                if span is not None:
                    answered(span, scope, status)
        metrics().requests.labels(self.service, method_of(scope["method"]), status).inc()
        metrics().latency.labels(self.service).observe(time.perf_counter() - started)

    def _traced(self, scope: Scope) -> Traced:
        given = header(scope, b"traceparent")
        traceparent = given.decode("latin-1") if given else None
        if not self.traced_as or scope["path"] in OPEN_PATHS:  # probes would be most of the spans
            return tracing(traceparent)
        return entering(self.traced_as, traceparent, "HTTP")

    async def _refuse(
        self, error: Exception, scope: Scope, receive: Receive, send: Send, *, answered: bool
    ) -> int:
        fault = fault_of(error)
        if fault.status >= 500 and not isinstance(error, Fault):
            structlog.get_logger().error(
                "request failed", service=self.service, error=type(error).__name__, exc_info=error
            )
        if not answered:
            await problem_response(fault, scope["path"])(scope, receive, send)
        return fault.status


@dataclass(slots=True)
class KnownCaller:
    """Lets only requests with an internal token pass, and leaves who asks in `scope["caller"]`."""

    app: ASGIApp
    tokens: InternalTokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            scope["caller"] = self.tokens.check(header(scope, HEADER) or b"")
        await self.app(scope, receive, send)


@dataclass(slots=True)
class BoundedBody:
    """Counts the body while it streams, inflates gzip under the same bound, and refuses what is larger."""

    app: ASGIApp
    limit: int = MAX_BODY
    larger: Mapping[str, int] = field(default_factory=dict)
    """Paths whose bodies stream on to a disk, and what they may have at most."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        limit = self.larger.get(scope["path"], self.limit)
        declared = header(scope, b"content-length")
        if declared and declared.isdigit() and int(declared) > limit:
            raise TooLarge(f"The body may have at most {limit} bytes.")
        encoding = (header(scope, b"content-encoding") or b"identity").decode("latin-1").lower()
        if encoding not in ("identity", "gzip"):
            raise MalformedInput("Content-Encoding must be gzip or absent.")
        inflate = zlib.decompressobj(31) if encoding == "gzip" else None
        if inflate:
            dropped = (b"content-encoding", b"content-length")
            scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in dropped]
        seen = 0

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                body = message.get("body", b"")
                if inflate:
                    message = {**message, "body": _inflated(inflate, body, limit - seen)}
                    body = message["body"]
                    if not message.get("more_body") and not inflate.eof:
                        raise MalformedInput("The gzip body ends too early.")
                seen += len(body)
                if seen > limit:
                    raise TooLarge(f"The body may have at most {limit} bytes.")
            return message

        await self.app(scope, bounded, send)


def _inflated(inflate: "zlib._Decompress", body: bytes, room: int) -> bytes:
    try:
        out = inflate.decompress(body, room + 1)
    except zlib.error as error:
        raise MalformedInput("The body is not gzip.") from error
    if inflate.unconsumed_tail:
        raise TooLarge("The body inflates to more than is allowed.")
    return out
