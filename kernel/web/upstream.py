"""Upstreams: an ASGI app, wherever it runs. `remote` makes one out of a URL; `call` asks one from code.

The proxy is our own because a hop is most of what the gateway does: pooled connections on httptools cost 59 µs of
CPU a hop, aiohttp 127, httpx 1,300.
"""

import asyncio
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from kernel.errors import Fault, Unavailable
from kernel.telemetry import current_traceparent
from kernel.web.asgi import ASGIApp, Message, Receive, Scope, Send
from kernel.web.problems import problem_response
from kernel.web.spans import passed_on
from kernel.web.wire import Broken, Connection, Stalled

DEADLINE_S = 30.0
"""Longest time without any progress of the upstream, in seconds."""

IDLE_S = 4.0
"""An idle connection is not used again after this: servers close theirs from 5 s on (uvicorn's default)."""

CONNECT_S = 3.0

FAILURES = 5
"""So many failures to reach a server, or to hear from it, in a row: then it rests."""

REST_S = 2.0
"""How long it is asked nothing; then one request tries whether it is back."""

_DROPPED_REQUEST = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization te trailer trailers transfer-encoding "
    b"upgrade expect host proxy-connection".split()
)
_DROPPED_RESPONSE = frozenset(
    b"connection keep-alive proxy-authenticate te trailer trailers transfer-encoding upgrade server date".split()
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class UpstreamSlow(Fault):
    """The upstream made no progress within the deadline; what was asked for may or may not have been done."""

    status, code, title = 504, "upstream-slow", "A part that is needed took too long"


class UpstreamBroken(Fault):
    """The upstream's answer broke off, or was no HTTP."""

    status, code, title = 502, "upstream-broken", "A part that is needed answered badly"


class _Resting(Unavailable):
    """Not even tried: it failed a moment ago, and again and again before."""


class Reply(NamedTuple):
    """An answer read whole. Header names are lower-case."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def remote(base_url: str, *, deadline_s: float = DEADLINE_S) -> ASGIApp:
    """An ASGI app that streams every request to the server at `base_url` (http or https, path prefix allowed).

    Bodies stream both ways under backpressure. Answers 503 `unavailable` where the server cannot be reached or
    closes before it answered, 504 `upstream-slow` after `deadline_s` without progress, and 503 at once for 2 s after five of
    these in a row. Only requests without side
    effect and without body are tried again. Raises UpstreamBroken where an answer breaks off after its head was
    passed on. Raises ValueError for another scheme.
    """
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("An upstream's URL must be http://host[:port] or https://host[:port].")
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return _Remote(parts.hostname, port, parts.netloc, parts.path.rstrip("/"), secure, deadline_s)


async def call(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    headers: Iterable[tuple[bytes, bytes]] = (),
    body: bytes = b"",
) -> Reply:
    """Ask `app` from code. `path` may hold a query; header names must be lower-case.

    Raises what the app raises (an app of ours answers refusals, a remote one failures too, as problems).
    """
    where, _, query = path.partition("?")
    head = list(headers)
    traceparent = current_traceparent()
    if traceparent:
        head.append((b"traceparent", traceparent.encode()))
    if body or method not in _SAFE:
        head.append((b"content-length", b"%d" % len(body)))
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": where,
        "raw_path": quote(where).encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": head,
        "client": None,
        "server": None,
    }
    answer = _Collected(body)
    await passed_on("", app, scope, answer.receive, answer.send)
    return Reply(answer.status, answer.headers, b"".join(answer.chunks))


class _Collected:
    """Both ends of a call: the request's body in one piece, the answer as it comes."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._ended = asyncio.Event()
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.chunks: list[bytes] = []

    async def receive(self) -> Message:
        if self._body is None:
            await self._ended.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(bytes(name).lower(), bytes(value)) for name, value in message["headers"]]
        elif message["type"] == "http.response.body":
            self.chunks.append(message.get("body", b""))
            if not message.get("more_body"):
                self._ended.set()


@dataclass(slots=True)
class _Remote:
    host: str
    port: int
    netloc: str
    prefix: str
    secure: bool
    deadline_s: float
    _idle: list[Connection] = field(default_factory=list)
    _failures: int = 0
    """In a row: not reached, or no progress."""
    _rests_until: float = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # its life is its own affair, and WebSockets are not offered
        try:
            self._mind_rest()
            connection = await self._asked(scope, receive)
        except Fault as fault:
            self._note(fault)
            await problem_response(fault, scope["path"])(scope, receive, send)
            return
        if connection is None:
            return  # the client went away in the middle of its own request
        self._failures = 0
        try:
            await _pass_on(connection, receive, send)
        finally:
            self._release(connection)

    def _mind_rest(self) -> None:
        """Raises Unavailable at once while a server that failed again and again is left alone; then one request tries."""
        if self._failures >= FAILURES:
            now = time.monotonic()
            if now < self._rests_until:
                raise _Resting(
                    "A part that this request needs does not answer.", headers={"Retry-After": "2"}
                )
            self._rests_until = now + REST_S

    def _note(self, fault: Fault) -> None:
        if isinstance(fault, Unavailable | UpstreamSlow) and not isinstance(fault, _Resting):
            self._failures += 1
            self._rests_until = time.monotonic() + REST_S

    async def _asked(self, scope: Scope, receive: Receive) -> Connection | None:
        """A connection on which the head of the answer is there; None where the client has gone."""
        framing = _framing(scope["headers"])
        head = self._head(scope, framing)
        repeatable = framing == "none" and scope["method"] in _SAFE
        connection = self._pooled() or await self._connect()
        while True:
            try:
                if not await _send_request(connection, scope["method"], head, framing, receive):
                    connection.abort()
                    return None
                await connection.head()
            except Stalled as error:
                raise UpstreamSlow from error
            except Broken as error:
                if not repeatable:
                    raise UpstreamBroken(_PERHAPS_DONE) from error
                if not connection.used:
                    raise Unavailable("The upstream closed the connection before it answered.") from error
                connection = await self._connect()
            except BaseException:
                connection.abort()
                raise
            else:
                return connection

    def _head(self, scope: Scope, framing: str) -> bytes:
        target = scope.get("raw_path") or quote(scope["path"]).encode()
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        lines = [
            b"%s %s%s HTTP/1.1\r\nhost: %s"
            % (scope["method"].encode(), self.prefix.encode(), target, self.netloc.encode())
        ]
        for name, value in scope["headers"]:
            if name not in _DROPPED_REQUEST and (name != b"content-length" or framing == "length"):
                lines.append(name + b": " + value)
        if framing == "chunked":
            lines.append(b"transfer-encoding: chunked")
        lines.append(b"\r\n")
        return b"\r\n".join(lines)

    def _pooled(self) -> Connection | None:
        oldest = time.monotonic() - IDLE_S
        while self._idle:
            connection = self._idle.pop()
            if connection.idle_since >= oldest and connection.reusable:
                return connection
            connection.abort()
        return None

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        context = ssl.create_default_context() if self.secure else None
        try:
            async with asyncio.timeout(CONNECT_S):
                _, connection = await loop.create_connection(
                    lambda: Connection(self.deadline_s), self.host, self.port, ssl=context
                )
        except (OSError, TimeoutError) as error:
            raise Unavailable("A part that this request needs cannot be reached.") from error
        return connection

    def _release(self, connection: Connection) -> None:
        if connection.reusable:
            connection.used = True
            connection.idle_since = time.monotonic()
            self._idle.append(connection)
        else:
            connection.abort()


_PERHAPS_DONE = (
    "The upstream closed the connection before it answered; the request may or may not have been carried out. "
    "Sending it again with the same ids is safe."
)


def _framing(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """How the body is delimited; a transfer encoding overrides a length (RFC 9112, 6.3)."""
    framing = "none"
    for name, value in headers:
        if name == b"transfer-encoding":
            return "chunked"
        if name == b"content-length" and value != b"0":
            framing = "length"
    return framing


async def _send_request(
    connection: Connection, method: str, head: bytes, framing: str, receive: Receive
) -> bool:
    """Write the request as its body comes in; False where the client left before the end of it.

    Stops early where the upstream has answered already: nobody would read the rest.
    """
    if framing == "none":
        connection.begin(method, head)
        return True
    first = await receive()
    if first["type"] != "http.request":
        return False
    more = first.get("more_body", False)
    connection.begin(method, head + b"".join(_framed(first.get("body", b""), framing, last=not more)))
    while more and not connection.status:
        message = await receive()
        if message["type"] != "http.request":
            return False
        more = message.get("more_body", False)
        await connection.write(_framed(message.get("body", b""), framing, last=not more))
    return True


def _framed(body: bytes, framing: str, *, last: bool) -> list[bytes]:
    if framing != "chunked":
        return [body]
    pieces = [b"%x\r\n" % len(body), body, b"\r\n"] if body else []
    if last:
        pieces.append(b"0\r\n\r\n")
    return pieces


async def _pass_on(connection: Connection, receive: Receive, send: Send) -> None:
    """Stream the answer on as it comes; the client's leaving ends the exchange."""
    headers = [pair for pair in connection.headers if pair[0] not in _DROPPED_RESPONSE]
    await send({"type": "http.response.start", "status": connection.status, "headers": headers})
    watch: asyncio.Task[None] | None = None
    try:
        while True:
            body, complete = connection.take(), connection.complete
            if body or complete:
                await send({"type": "http.response.body", "body": body, "more_body": not complete})
            if complete:
                return
            if watch is None:
                watch = asyncio.create_task(_abort_when_gone(connection, receive))
            await connection.progress()
    except Stalled as error:
        raise UpstreamSlow from error
    except Broken as error:
        if watch is None or not watch.done():
            raise UpstreamBroken("The upstream's answer broke off.") from error
    finally:
        if watch is not None:
            watch.cancel()


async def _abort_when_gone(connection: Connection, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    connection.abort()
