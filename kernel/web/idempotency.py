"""`Idempotency-Key` (API.md): the first answer to a POST is kept for 24 hours and given again, sealed meanwhile.

Work and answer are committed together (`kernel.store.effects`), so that it holds across crashes; a request without the
header passes untouched. What is refused before it does anything is not kept, and may be corrected and sent again.
"""

import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.errors import (
    IdempotencyAnswerLost,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    MalformedInput,
)
from kernel.store.answers import find_answer, lock_key, put_answer
from kernel.store.effects import Effect, within
from kernel.store.engine import Database
from kernel.store.tables import StoreTables
from kernel.web.asgi import ASGIApp, Message, Receive, Scope, Send, header
from kernel.web.internal import Caller

HEADER: Final = b"idempotency-key"
_KEY: Final = re.compile(rb"[\x21-\x7e]{1,255}")
_BOUNDARY: Final = re.compile(rb'boundary="?([^";,\s]+)')
_IDS: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SLOWEST: Final = timedelta(minutes=2)
"""Nothing that is done outside takes longer: work that has no answer by then was cut off."""

_NOT_KEPT: Final = frozenset({401, 429})
"""Refusals that say nothing of the request, only of the moment."""


class _Answer(msgspec.Struct, array_like=True):
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


@dataclass(slots=True)
class Idempotent:
    """Middleware of one service, beside its routes: the caller is known and the body bounded."""

    app: ASGIApp
    database: Database
    store: StoreTables
    secret: bytes
    _running: set[bytes] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = header(scope, HEADER) if scope["type"] == "http" and scope["method"] == "POST" else None
        caller: Caller | None = scope.get("caller")
        if given is None or caller is None or caller.kind == "open":
            await self.app(scope, receive, send)
            return
        if not _KEY.fullmatch(given):
            raise MalformedInput("An Idempotency-Key has 1 to 255 printable ASCII characters.")
        key = self._hash(b"key", caller.client_id.encode(), given)
        if key in self._running:
            raise IdempotencyInProgress
        self._running.add(key)
        try:
            answer = await self._answered(key, given, scope, _Request(self._digest(scope), scope, receive))
        finally:
            self._running.discard(key)
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answered(self, key: bytes, given: bytes, scope: Scope, request: "_Request") -> _Answer:
        async with self.database.snapshot() as connection:
            known = await find_answer(connection, self.store, key, datetime.now(UTC))
        if known is None:
            return await self._first(key, given, scope, request)
        if known.answer is None and known.at > datetime.now(UTC) - SLOWEST:
            raise IdempotencyInProgress  # in another process; this one would know
        if known.answer is None:
            raise IdempotencyAnswerLost("Look what became of it before you ask again under another key.")
        if not hmac.compare_digest(known.request, await request.whole()):
            raise IdempotencyKeyReused("Send another request under another key.")
        answer = self._opened(key, given, known.answer)
        return _Answer(answer.status, [*answer.headers, (b"idempotency-replayed", b"true")], answer.body)

    async def _first(self, key: bytes, given: bytes, scope: Scope, request: "_Request") -> _Answer:
        effect = Effect(self.database, self._claiming(key), self._passing(key))
        heard = _Heard()
        try:
            with within(effect):
                await self.app(scope, request.receive, heard.send)
            answer = heard.answer()
            if answer.status >= 500:
                await effect.undo()
            elif effect.tx is not None or answer.status < 400:
                await self._keep(effect, key, given, answer, await request.whole())
        except BaseException:
            await effect.undo()
            raise
        return answer

    async def _keep(self, effect: Effect, key: bytes, given: bytes, answer: _Answer, request: bytes) -> None:
        tx = await effect.begun()
        if answer.status not in _NOT_KEPT:
            sealed = self._sealed(key, given, answer)
            mentions = " ".join(sorted({found.decode() for found in _IDS.findall(answer.body.lower())}))
            row = {"id": key, "request": request, "answer": sealed, "mentions": mentions}
            await put_answer(tx, self.store, {**row, "at": datetime.now(UTC)})
        await effect.commit()

    def _claiming(self, key: bytes) -> Callable[[Any], Awaitable[None]]:
        """What an effect's transaction begins with: nobody else may be at this key, or have been."""

        async def claim(tx: Any) -> None:
            if not await lock_key(tx, key):
                raise IdempotencyInProgress
            known = await find_answer(tx, self.store, key, datetime.now(UTC))
            if known is not None and known.answer is not None:
                raise IdempotencyInProgress("It has just ended: ask again.")

        return claim

    def _passing(self, key: bytes) -> Callable[[Any], Awaitable[None]]:
        """What is left where work is committed ahead of its answer."""

        async def leave(tx: Any) -> None:
            row = {"id": key, "request": None, "answer": None, "mentions": ""}
            await put_answer(tx, self.store, {**row, "at": datetime.now(UTC)})

        return leave

    def _hash(self, *parts: bytes) -> bytes:
        return hmac.digest(self.secret, b"\0".join(parts), "sha256")

    def _digest(self, scope: Scope) -> "hmac.HMAC":
        asked = (scope["method"].encode(), scope["path"].encode(), scope["query_string"], b"")
        return hmac.new(self.secret, b"\0".join(asked), "sha256")

    def _cipher(self, given: bytes) -> AESGCM:
        """Opens only for who shows the key again: a copy of the database and of our secret alone does not."""
        return AESGCM(self._hash(b"answer", given))

    def _sealed(self, key: bytes, given: bytes, answer: _Answer) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self._cipher(given).encrypt(nonce, msgspec.msgpack.encode(answer), key)

    def _opened(self, key: bytes, given: bytes, sealed: bytes) -> _Answer:
        try:
            plain = self._cipher(given).decrypt(sealed[:12], sealed[12:], key)
        except InvalidTag as error:
            raise IdempotencyAnswerLost from error
        return msgspec.msgpack.decode(plain, type=_Answer)


class _Request:
    """A request's body on its way in, hashed as it passes. What a multipart body calls its boundary does not count:
    clients make up another each time."""

    def __init__(self, digest: "hmac.HMAC", scope: Scope, receive: Receive) -> None:
        found = _BOUNDARY.search(header(scope, b"content-type") or b"")
        self._boundary = found[1] if found else b""
        self._digest, self._receive = digest, receive
        self._tail, self._ended = b"", False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request" and not self._ended:
            self._ended = not message.get("more_body", False)
            self._take(message.get("body", b""))
        return message

    async def whole(self) -> bytes:
        """The hash of the whole request; what was not read yet is read now."""
        while not self._ended:
            if (await self.receive())["type"] != "http.request":
                raise ConnectionResetError("the client left")
        return self._digest.digest()

    def _take(self, chunk: bytes) -> None:
        if not self._boundary:
            self._digest.update(chunk)
            return
        *before, last = (self._tail + chunk).split(self._boundary)
        for part in before:
            self._digest.update(part + b"\0")
        kept = 0 if self._ended else len(self._boundary) - 1
        self._tail = last[len(last) - kept :] if kept else b""
        self._digest.update(last[: len(last) - len(self._tail)])


class _Heard:
    """The answer, held back until it is kept."""

    def __init__(self) -> None:
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = (
                message["status"],
                [(bytes(n), bytes(v)) for n, v in message["headers"]],
            )
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")

    def answer(self) -> _Answer:
        return _Answer(self._status, self._headers, bytes(self._body))
