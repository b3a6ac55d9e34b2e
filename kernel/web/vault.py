"""The vault's internal doors, as those ask them who may: who is behind identifiers, and fields by a grant.

They are the one synchronous way to what is personal: the gateway's, verify's to send a code, and social's to learn
whose consent decides over a mention.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import msgspec
from joserfc import jwt
from joserfc.jwk import OctKey

from kernel.errors import Conflict, Fault, FieldError, Gone, InvalidInput, NotFound, Unavailable
from kernel.ids import new_id
from kernel.web.asgi import ASGIApp
from kernel.web.internal import HEADER, Caller, InternalTokens
from kernel.web.upstream import Reply, call

GRANT_LIFETIME_S = 5

T = TypeVar("T")


class Resolved(msgspec.Struct, frozen=True):
    """Whom identifiers lead to; nobody where `subject_id` is None."""

    subject_id: str | None
    erased: bool = False
    index: str | None = None
    """The blind index by which it was found."""
    people: int = 0
    """How many different people the phone was seen with, where that was asked for."""
    claimed: bool = False
    """Somebody who proved to hold a phone, named by nothing that says so: whoever does may not consent for them."""


class _Indexes(msgspec.Struct, frozen=True):
    indexes: list[str | None]


class _Holders(msgspec.Struct, frozen=True):
    holders: list[Resolved]


class TimelinePage(msgspec.Struct, frozen=True):
    """A page of a person's timeline."""

    items: list[dict[str, Any]]
    next_cursor: str | None


class _Revealed(msgspec.Struct, frozen=True):
    fields: dict[str, Any]


class HeldPage(msgspec.Struct, frozen=True):
    """A page of what a legal hold keeps."""

    items: list[dict[str, Any]]
    next_cursor: str | None


class _Problem(msgspec.Struct, frozen=True):
    detail: str = ""
    errors: list[FieldError] = []


class Disclosure(NamedTuple):
    """What a grant opens: named fields of one person, for one purpose, on behalf of one client."""

    subject: str
    fields: Sequence[str]
    purpose: str
    client_id: str


@dataclass(frozen=True, slots=True)
class VaultDoors:
    """As the service `asking` may ask them. `app` None: not connected, every question is refused as Unavailable."""

    app: ASGIApp | None
    tokens: InternalTokens
    asking: str

    async def resolve(self, identifiers: Mapping[str, Any], *, create: bool, count: bool = False) -> Resolved:
        """The person behind `identifiers`, made where `create` and nobody is; with `count` how many share the phone.

        Raises InvalidInput where no identifier is usable, Unavailable where the vault does not answer.
        """
        body = {"identifiers": identifiers, "create": create, **({"count": True} if count else {})}
        reply = await self._ask("/internal/resolve", body)
        if reply.status in (400, 422):
            raise _invalid(reply)
        return _decoded(reply, Resolved)

    async def indexes_of(self, accounts: Sequence[tuple[str, str]]) -> list[str | None]:
        """The blind index of each (platform, handle), in order; None where it can be nobody's. Raises Unavailable."""
        told = [{"platform": platform, "handle": handle} for platform, handle in accounts]
        return _decoded(await self._ask("/internal/indexes", {"accounts": told}), _Indexes).indexes

    async def holders_of(self, indexes: Sequence[str]) -> list[Resolved]:
        """Whom each blind index leads to now, in order. Raises Unavailable."""
        return _decoded(await self._ask("/internal/holders", {"indexes": list(indexes)}), _Holders).holders

    async def reveal(self, disclosure: Disclosure) -> dict[str, Any]:
        """The granted fields that are known. Raises NotFound, Gone (erased) or Unavailable."""
        reply = await self._ask("/internal/reveal", {"grant": self._grant(disclosure)})
        if reply.status == 404:
            raise NotFound("There is no such person.")
        if reply.status == 410:
            raise Gone
        return _decoded(reply, _Revealed).fields

    async def mind_existence(self, subject: str) -> None:
        """Returns where the person exists. Raises NotFound, Gone (erased) or Unavailable.

        A grant for no field at all discloses nothing else.
        """
        await self.reveal(Disclosure(subject, (), "legal", self.asking))

    async def held(
        self, subject: str, hold_id: str, client_id: str, *, limit: int, cursor: str | None
    ) -> HeldPage:
        """What a legal hold keeps of a person, erased or not.

        Raises NotFound, Conflict (it has ended), InvalidInput (the cursor is none of ours) or Unavailable.
        """
        grant = self._grant(Disclosure(subject, (f"hold:{hold_id}",), "legal", client_id))
        reply = await self._ask("/internal/held", {"grant": grant, "limit": limit, "cursor": cursor})
        if reply.status == 404:
            raise NotFound("There is no such hold.")
        if reply.status == 409:
            raise Conflict("The hold has ended.")
        if reply.status == 422:
            raise InvalidInput("The cursor is none of ours.")
        return _decoded(reply, HeldPage)

    async def timeline(self, origins: Sequence[str], *, limit: int, cursor: str | None) -> TimelinePage:
        """What happened with a person, newest first.

        Raises Gone (erased), InvalidInput (the cursor is none of ours) or Unavailable.
        """
        body = {"origins": list(origins), "limit": limit, "cursor": cursor}
        reply = await self._ask("/internal/timeline", body)
        if reply.status == 410:
            raise Gone
        if reply.status in (400, 422):
            raise InvalidInput("The cursor is none of ours.")
        return _decoded(reply, TimelinePage)

    def _grant(self, disclosure: Disclosure) -> str:
        now = int(time.time())
        claims = {
            "jti": new_id(),
            "subject": disclosure.subject,
            "fields": list(disclosure.fields),
            "purpose": disclosure.purpose,
            "client": disclosure.client_id,
            "iat": now,
            "exp": now + GRANT_LIFETIME_S,
        }
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.tokens.secret))

    async def _ask(self, path: str, body: dict[str, Any]) -> Reply:
        if self.app is None:
            raise Unavailable("The vault is not connected.")
        token = self.tokens.mint(Caller(self.asking, "service")).encode()
        headers = ((HEADER, token), (b"content-type", b"application/json"))
        try:
            return await call(self.app, "POST", path, headers=headers, body=msgspec.json.encode(body))
        except (Fault, OSError) as error:
            raise Unavailable("The vault does not answer now.") from error


def _decoded(reply: Reply, kind: type[T]) -> T:
    if reply.status != 200:
        raise Unavailable("The vault does not answer now.")
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable("The vault's answer cannot be read.") from error


def _invalid(reply: Reply) -> InvalidInput:
    try:
        problem = msgspec.json.decode(reply.body, type=_Problem)
    except msgspec.DecodeError:
        problem = _Problem()
    return InvalidInput(problem.detail or "The identifiers identify nobody.", errors=problem.errors)
