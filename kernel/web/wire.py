"""One HTTP/1.1 connection to an upstream: httptools parses, the transport's own flow control bounds the memory."""

import asyncio
from collections.abc import Iterable
from typing import cast

import httptools

HIGH_WATER = 256 * 1024
"""Bytes of an answer kept here before the upstream is told to wait."""


class Broken(Exception):
    """The connection ended, or spoke no HTTP, before the answer was complete."""


class Stalled(Exception):
    """The upstream made no progress for the whole deadline."""


class Connection(asyncio.Protocol):
    """One exchange at a time: `begin`, `write` the rest of the body, wait for `head`, `take` until done."""

    def __init__(self, deadline_s: float) -> None:
        self.deadline_s = deadline_s
        self.idle_since = 0.0
        self.used = False
        """Whether it served a request before: only then may the server have closed it unseen."""
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._reset()

    def _reset(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False
        self._chunks: list[bytes] = []
        self._held = 0
        self._reading = True
        self._framed = False
        self._without_body = False
        self._keep_alive = False
        self._interim = False

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclasses of it

    def data_received(self, data: bytes) -> None:
        if self.complete:  # nobody asked: what follows cannot be trusted to be an answer
            self.abort()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(Broken("The upstream's answer is no HTTP."))
            return
        if self._held > HIGH_WATER and self._reading:
            self._reading = False
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        if self.status and not self._framed:
            self.complete = True  # the end of the connection is the end of such an answer
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        if self._error is None:
            self._error = Broken("The upstream closed the connection.")
        if self.status and not self._framed and error is None:
            self.complete = True
        self._wake()
        self.resume_writing()

    def pause_writing(self) -> None:
        if self._writable is None:
            self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None:
            if not self._writable.done():
                self._writable.set_result(None)
            self._writable = None

    # httptools' side

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name in (b"content-length", b"transfer-encoding"):
            self._framed = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        self._interim = 100 <= status < 200
        if self._interim:
            return
        self.status = status
        if self._without_body:
            self.complete = True

    def on_body(self, body: bytes) -> None:
        if not self._without_body:
            self._chunks.append(body)
            self._held += len(body)

    def on_message_complete(self) -> None:
        if self._interim:
            self.headers.clear()
            return
        self._framed = self.complete = True
        self._keep_alive = not self._without_body and self._parser.should_keep_alive()

    # the exchange

    def begin(self, method: str, data: bytes) -> None:
        """Start an exchange by writing its head (and what is known of its body). Raises Broken."""
        self._reset()
        self._without_body = method == "HEAD"
        if self._error or self._transport.is_closing():
            raise self._error or Broken("The upstream closed the connection.")
        self._transport.write(data)

    async def write(self, pieces: Iterable[bytes]) -> None:
        """Write more of the body, waiting while the upstream does not read. Raises Broken, Stalled."""
        if self._error:
            raise self._error
        self._transport.writelines(pieces)
        while self._writable is not None and not self.status:
            timer = self._loop.call_later(self.deadline_s, self._stall)
            try:
                await asyncio.shield(self._writable)
            finally:
                timer.cancel()
        if self._error and not self.status:
            raise self._error

    async def head(self) -> None:
        """Wait until `status` and `headers` are there. Raises Broken, Stalled."""
        while not self.status:
            await self.progress()

    async def progress(self) -> None:
        """Wait until there is more to `take`, or the answer is complete. Raises Broken, Stalled."""
        if self._chunks or self.complete:
            return
        if self._error:
            raise self._error
        waiter = self._waiter = self._loop.create_future()
        timer = self._loop.call_later(self.deadline_s, self._stall)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiter = None

    def take(self) -> bytes:
        """What has come of the body since the last call."""
        chunks = self._chunks
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        if chunks:
            self._chunks = []
            self._held = 0
            if not self._reading:
                self._reading = True
                self._transport.resume_reading()
        return body

    @property
    def reusable(self) -> bool:
        """Whether another exchange may follow on it."""
        return self.complete and self._keep_alive and self._error is None and not self._transport.is_closing()

    def abort(self) -> None:
        """Close at once; whoever waits gets Broken."""
        self._fail(Broken("The connection was closed."))

    def _fail(self, error: Exception) -> None:
        if self._error is None:
            self._error = error
        self._transport.abort()
        self._wake()
        self.resume_writing()

    def _stall(self) -> None:
        self._fail(Stalled(f"No progress for {self.deadline_s} s."))

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
