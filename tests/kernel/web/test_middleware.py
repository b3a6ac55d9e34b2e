"""What every request passes: bounds of the body, and an answer whatever happens."""

import gzip
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import NotFound
from kernel.web.asgi import Receive, Scope, Send
from kernel.web.internal import HEADER, Caller, InternalTokens
from kernel.web.middleware import Boundary, BoundedBody, KnownCaller
from kernel.web.upstream import Reply, call

LIMIT = 1_000


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the body that it got."""
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def ask(body: bytes, *headers: tuple[bytes, bytes], app: Any = echo) -> Reply:
    """A POST through the bound, inside the boundary."""
    return await call(Boundary(BoundedBody(app, LIMIT), "test"), "POST", "/", headers=headers, body=body)


def code_of(reply: Reply) -> tuple[int, str]:
    """A problem's status and code."""
    body = msgspec.json.decode(reply.body)
    assert dict(reply.headers)[b"content-type"] == b"application/problem+json"
    return reply.status, body["type"].rpartition("/")[2]


@given(st.binary(max_size=LIMIT))
async def test_what_fits_passes_inflated_or_not(body: bytes) -> None:
    assert (await ask(body)).body == body
    assert (await ask(gzip.compress(body), (b"content-encoding", b"gzip"))).body == body


@pytest.mark.parametrize("headers", [(), ((b"content-encoding", b"gzip"),)])
async def test_what_does_not_fit_is_refused(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    body = b"x" * (LIMIT + 1)
    sent = gzip.compress(body) if headers else body
    assert code_of(await ask(sent, *headers)) == (413, "too-large")


async def test_a_bomb_is_not_inflated() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) > LIMIT  # refused by its declared length
    assert code_of(await ask(bomb, (b"content-encoding", b"gzip"))) == (413, "too-large")
    small = gzip.compress(b"\0" * 500_000)
    assert len(small) < LIMIT
    assert code_of(await ask(small, (b"content-encoding", b"gzip"))) == (413, "too-large")


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"no gzip", b"gzip"),
        (gzip.compress(b"whole", mtime=0)[:-3], b"gzip"),  # its bytes name the test: no clock in them
        (b"", b"gzip"),
        (b"x", b"br"),
        (b"x", b"gzip, gzip"),
    ],
)
async def test_a_body_that_cannot_be_inflated_is_malformed(body: bytes, encoding: bytes) -> None:
    assert code_of(await ask(body, (b"content-encoding", encoding))) == (400, "malformed-input")


async def test_a_fault_is_told_and_a_crash_tells_nothing() -> None:
    async def missing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise NotFound("There is no such person.")

    async def crashing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("Nguyễn Thị Ánh, 0912345678")

    assert code_of(await ask(b"", app=missing)) == (404, "not-found")
    crash = await ask(b"", app=crashing)
    assert code_of(crash) == (500, "internal")
    assert b"0912345678" not in crash.body
    assert "Nguyễn" not in crash.body.decode()


async def test_only_a_known_caller_comes_in_and_health_is_open() -> None:
    tokens = InternalTokens(b"an internal secret of the tests, 32+ bytes")
    app = Boundary(KnownCaller(echo, tokens), "test")
    assert code_of(await call(app, "GET", "/v1/records")) == (401, "unauthenticated")
    token = tokens.mint(Caller("x", "partner")).encode()
    assert (await call(app, "GET", "/v1/records", headers=((HEADER, token),))).status == 200
    for path in ("/livez", "/readyz", "/metrics", "/openapi.json"):
        assert (await call(app, "GET", path)).status == 200
