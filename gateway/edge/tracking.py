"""What sites' SDKs need at the edge: answers across origins, and the write key wherever they put it."""

import zlib
from base64 import b64encode
from typing import Final

import msgspec

from kernel.errors import Fault, MalformedInput
from kernel.web.asgi import Message, Receive, Scope, Send, header

MAX_BODY: Final = 500 * 1024
"""Bytes of a tracking request on the wire; ingest bounds what it inflates to."""

ACROSS_ORIGINS: Final = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"retry-after"),
]
"""Any page may read the answer, a refusal too (an SDK that cannot takes it for a broken network, and tries on); whose
pages may use a key is the key's `origins`. Cookies are never asked for."""

_PREFLIGHT: Final = [
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding, x-retry-count"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
]


class TrackingTooLong(MalformedInput):
    """The request is over the tracking API's limit, for which that API says 400."""

    code, title = "too-large", "The request is too large"


class OriginNotAllowed(Fault):
    """The write key is for other sites."""

    status, code, title = 403, "origin-not-allowed", "The write key is not for this site"


class _Keyed(msgspec.Struct, rename="camel"):
    write_key: str | None = None
    batch: list["_Keyed"] | None = None


_keyed = msgspec.json.Decoder(_Keyed).decode


async def answer_preflight(send: Send) -> None:
    """What a browser asks before it sends (Fetch standard, CORS preflight)."""
    await send({"type": "http.response.start", "status": 204, "headers": [*ACROSS_ORIGINS[:1], *_PREFLIGHT]})
    await send({"type": "http.response.body", "body": b""})


def mind_tracking_size(scope: Scope) -> None:
    """Raises TrackingTooLong where the declared body is over the limit."""
    declared = header(scope, b"content-length")
    if declared is not None and declared.isdigit() and int(declared) > MAX_BODY:
        raise TrackingTooLong(f"A request may have at most {MAX_BODY} bytes.")


async def with_key_in_body(scope: Scope, receive: Receive) -> Receive:
    """For a request without credentials: those that its body names (`writeKey`), put where they belong.

    Only such a request is looked into; the returned `receive` gives its body again. Raises TrackingTooLong.
    """
    if header(scope, b"authorization") is not None:
        return receive
    body = await _whole(receive)
    key = _key_in(_inflated(body) if header(scope, b"content-encoding") == b"gzip" else body)
    if key:
        scope["headers"] = [*scope["headers"], (b"authorization", b"Basic " + b64encode(f"{key}:".encode()))]
    ahead = [body]

    async def again() -> Message:
        if ahead:
            return {"type": "http.request", "body": ahead.pop(), "more_body": False}
        return await receive()

    return again


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the client left")
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise TrackingTooLong(f"A request may have at most {MAX_BODY} bytes.")
        if not message.get("more_body", False):
            return bytes(body)


def _inflated(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(body, MAX_BODY)
    except zlib.error:
        return b""


def _key_in(body: bytes) -> str | None:
    """The write key that a message, a batch or its first message names."""
    try:
        found = _keyed(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found.write_key or (found.batch[0].write_key if found.batch else None)
