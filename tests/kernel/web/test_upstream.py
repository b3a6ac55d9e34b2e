"""The streaming proxy over loopback: bodies stream both ways, and an upstream that is down or slow says so."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest

from kernel.web import upstream
from kernel.web.asgi import Message
from kernel.web.upstream import FAILURES, Reply, UpstreamBroken, call, remote

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(handle: Handler) -> AsyncIterator[str]:
    """A bare TCP server on a free port of loopback; its URL."""
    failures: list[BaseException] = []

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the proxy left
        except AssertionError as error:
            failures.append(error)
        finally:
            writer.close()

    listening = await asyncio.start_server(guarded, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        listening.close()
    assert not failures


async def head_of(reader: asyncio.StreamReader) -> bytes:
    """A request's head."""
    return await reader.readuntil(b"\r\n\r\n")


def code_of(reply: Reply) -> tuple[int, str]:
    """A problem's status and code."""
    return reply.status, msgspec.json.decode(reply.body)["type"].rpartition("/")[2]


async def test_a_request_arrives_as_it_was_sent_and_its_answer_too() -> None:
    seen = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await head_of(reader))
        assert await reader.readexactly(5) == b"h\xc3\xa0 N"
        writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\nx-own: 1\r\nserver: s\r\n\r\nok")
        await writer.drain()

    async with server(handle) as url:
        headers = ((b"x-a", b"b"), (b"connection", b"close"), (b"host", b"public.example"))
        reply = await call(
            remote(url + "/base"), "POST", "/v1/a b?q=1%202", headers=headers, body=b"h\xc3\xa0 N"
        )
    assert reply == (201, [(b"content-length", b"2"), (b"x-own", b"1")], b"ok")
    first, *rest = seen[0].lower().split(b"\r\n")
    assert first == b"post /base/v1/a%20b?q=1%202 http/1.1"
    assert b"x-a: b" in rest
    assert b"connection: close" not in rest
    assert b"host: public.example" not in rest


async def test_bodies_stream_both_ways_before_either_is_complete() -> None:
    """The first piece of the answer is here before the last piece of the request has been sent."""
    answered = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await head_of(reader)
        assert b"transfer-encoding: chunked" in head.lower()
        assert await reader.readuntil(b"one\r\n") == b"3\r\none\r\n"
        assert await reader.readuntil(b"two\r\n") == b"3\r\ntwo\r\n"
        assert await reader.readuntil(b"0\r\n\r\n") == b"0\r\n\r\n"
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n")
        await writer.drain()
        await asyncio.wait_for(answered.wait(), 5)
        writer.write(b"3\r\nend\r\n0\r\n\r\n")
        await writer.drain()

    pieces = iter([(b"one", True), (b"two", True), (b"", False)])
    got: list[bytes] = []

    async def receive() -> Message:
        try:
            body, more = next(pieces)
        except StopIteration:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": body, "more_body": more}

    async def send(message: Message) -> None:
        if message.get("body"):
            got.append(message["body"])
            answered.set()

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(b"transfer-encoding", b"chunked")],
    }
    async with server(handle) as url:
        await asyncio.wait_for(remote(url)(scope, receive, send), 10)
    assert b"".join(got) == b"partend"
    assert len(got) >= 2


async def test_an_upstream_that_is_down_is_unavailable() -> None:
    async def handle(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    async with server(handle) as url:
        pass
    assert code_of(await call(remote(url), "GET", "/")) == (503, "unavailable")
    assert code_of(await call(remote(url), "POST", "/", body=b"{}")) == (503, "unavailable")


async def test_an_upstream_without_progress_is_too_slow() -> None:
    async def handle(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        await reader.read()  # until the proxy gives up

    async with server(handle) as url:
        started = time.monotonic()
        reply = await call(remote(url, deadline_s=0.2), "GET", "/")
    assert code_of(reply) == (504, "upstream-slow")
    assert 0.15 < time.monotonic() - started < 2


async def test_slow_but_moving_is_not_too_slow() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n")
        for byte in b"slowl":
            await asyncio.sleep(0.1)
            writer.write(bytes([byte]))
            await writer.drain()

    async with server(handle) as url:
        reply = await call(remote(url, deadline_s=0.3), "GET", "/")
    assert (reply.status, reply.body) == (200, b"slowl")


async def test_an_answer_that_breaks_off_is_no_answer() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()

    async with server(handle) as url:
        with pytest.raises(UpstreamBroken):
            await call(remote(url), "GET", "/")


@pytest.mark.parametrize("answer", [b"", b"no HTTP at all\r\n\r\n"])
async def test_what_may_have_been_done_is_not_asked_for_again(answer: bytes) -> None:
    asked = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await head_of(reader)
        asked += 1
        writer.write(answer)
        await writer.drain()

    async with server(handle) as url:
        assert code_of(await call(remote(url), "POST", "/", body=b"{}")) == (502, "upstream-broken")
    assert asked == 1


async def test_connections_are_used_again_and_a_stale_one_is_replaced() -> None:
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(2):  # then it closes without a word, as servers do with idle ones
            await head_of(reader)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()

    async with server(handle) as url:
        app = remote(url)
        for _ in range(4):
            assert (await call(app, "GET", "/")).status == 200
            await asyncio.sleep(0.01)
    assert connections == 2


@pytest.mark.parametrize("url", ["ftp://x", "127.0.0.1:8080", "http://", "unix:/tmp/x"])
def test_another_scheme_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        remote(url)


async def test_a_server_that_fails_again_and_again_rests_and_is_tried_once_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await head_of(reader)
        if asked > FAILURES:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    async with server(handle) as url:
        app = remote(url)
        for _ in range(FAILURES):
            assert code_of(await call(app, "GET", "/")) == (503, "unavailable")
        resting = await call(app, "GET", "/")
        assert code_of(resting) == (503, "unavailable") and asked == FAILURES
        assert dict(resting.headers)[b"retry-after"] == b"2"
        monkeypatch.setattr(upstream, "REST_S", 0.0)
        app._rests_until = 0.0  # type: ignore[attr-defined]  # two seconds later
        assert (await call(app, "GET", "/")).status == 200
        assert (await call(app, "GET", "/")).status == 200
