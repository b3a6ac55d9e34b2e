"""Ingest's two internal doors: who holds a number, and the number of a person (by a grant, once)."""

import time
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from joserfc import jwt
from joserfc.jwk import OctKey

from kernel.errors import Fault, Gone, NotFound, Unavailable
from kernel.ids import new_id
from kernel.web.asgi import ASGIApp
from kernel.web.internal import HEADER, Caller, InternalTokens
from kernel.web.upstream import Reply, call
from services.verify.holders.domain import Holder

GRANT_LIFETIME_S = 5

T = TypeVar("T")


class _Resolved(msgspec.Struct, frozen=True):
    subject_id: str | None
    erased: bool = False
    index: str | None = None


class _RevealedFields(msgspec.Struct, frozen=True):
    phone: str | None = None


class _Revealed(msgspec.Struct, frozen=True):
    fields: _RevealedFields


@dataclass(frozen=True, slots=True)
class IngestDoors:
    """Ingest as verify may ask it. `app` None: not configured, every question is refused as Unavailable."""

    app: ASGIApp | None
    tokens: InternalTokens

    async def holder_of(self, number: str) -> Holder:
        """Whose `number` (E.164) it is; an erased person holds nothing. Raises Unavailable."""
        reply = await self._ask("/internal/resolve", {"identifiers": {"phone": number}, "create": False})
        if reply.status != 200:
            raise Unavailable("Whose number it is cannot be told now.")
        found = _decoded(reply.body, _Resolved)
        return Holder(None) if found.erased else Holder(found.subject_id, found.index)

    async def number_of(self, subject: str, purpose: str) -> str | None:
        """The phone of `subject` as stored, None where it has none. Raises NotFound, Gone or Unavailable."""
        reply = await self._ask("/internal/reveal", {"grant": self._grant(subject, purpose)})
        if reply.status == 404:
            raise NotFound("There is no such person.")
        if reply.status == 410:
            raise Gone
        if reply.status != 200:
            raise Unavailable("The number cannot be had now.")
        return _decoded(reply.body, _Revealed).fields.phone

    def _grant(self, subject: str, purpose: str) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "jti": new_id(),
            "subject": subject,
            "fields": ["phone"],
            "purpose": purpose,
            "client": "verify",
            "iat": now,
            "exp": now + GRANT_LIFETIME_S,
        }
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.tokens.secret))

    async def _ask(self, path: str, body: dict[str, Any]) -> Reply:
        if self.app is None:
            raise Unavailable("Ingest is not configured (INGEST_URL).")
        token = self.tokens.mint(Caller(client_id="verify", kind="service"))
        headers = ((HEADER, token.encode()), (b"content-type", b"application/json"))
        try:
            return await call(self.app, "POST", path, headers=headers, body=msgspec.json.encode(body))
        except (Fault, OSError) as error:
            raise Unavailable("Ingest does not answer.") from error


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, ValueError) as error:
        raise Unavailable("Ingest answered what it should not.") from error
