"""Who is asking: tokens and write keys checked once, then remembered until they expire or are revoked."""

import time
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from gateway.clients import repository
from gateway.clients.domain.secret import secret_hash
from gateway.clients.domain.terms import Terms, terms_of
from gateway.keys import JoseError, SigningKeys
from kernel.errors import Unauthenticated
from kernel.store.engine import Database
from kernel.web.internal import Caller

AUDIENCE = "chandung"
ACCESS_TOKEN = "at+jwt"  # noqa: S105 - the media type of RFC 9068
WRITE_KEY_MEMORY_S = 30.0
"""How long a write key is trusted without asking the database again."""

CLOCKS_APART = timedelta(seconds=30)
"""Replicas' clocks differ by less."""

_CACHE_LIMIT = 50_000


class Session(NamedTuple):
    """A caller, and until when it is known to be one."""

    caller: Caller
    expires: float
    token_id: str
    origins: frozenset[str] | None = None
    """The web origins that a write key is for; None: any."""
    terms: Terms | None = None
    """The client's record; None for a write key that no client came with."""


@dataclass(slots=True)
class Sessions:
    """Checks credentials. Revoked tokens are refused at once here, and within a second in other replicas."""

    keys: SigningKeys
    database: Database
    hash_key: bytes = field(repr=False)
    issuer: str
    _tokens: dict[bytes, Session] = field(default_factory=dict, repr=False)
    _write_keys: dict[bytes, Session] = field(default_factory=dict, repr=False)
    _revoked: set[str] = field(default_factory=set, repr=False)
    _terms: dict[str, Terms] = field(default_factory=dict, repr=False)
    _heard: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    """What was changed before is known."""

    async def by_token(self, token: bytes) -> Session:
        """The session of an access token. Raises Unauthenticated for any but a good one of a client that is open."""
        session = self._tokens.get(token)
        if session is None:
            session = await self._checked(token)
            _remember(self._tokens, token, session)
        if session.expires <= time.time():
            raise Unauthenticated("The access token has expired.", headers=BEARER)
        if session.token_id in self._revoked:
            raise Unauthenticated("The access token was revoked.", headers=BEARER)
        return session

    async def by_write_key(self, credentials: bytes) -> Session:
        """The session of HTTP Basic credentials whose user name is a write key. Raises Unauthenticated."""
        known = self._write_keys.get(credentials)
        if known and known.expires > time.time() and known.token_id not in self._revoked:
            return known
        session = await self.of_write_key(basic_credentials(credentials)[0])
        _remember(self._write_keys, credentials, session)
        return session

    async def of_write_key(self, key: str) -> Session:
        """The session of a write key, asked of the database. Raises Unauthenticated for an unknown or revoked one."""
        async with self.database.snapshot() as connection:
            row = await repository.find_write_key(connection, secret_hash(self.hash_key, key))
        if row is None:
            raise Unauthenticated("The write key is unknown.", headers=BASIC)
        caller = Caller(
            row.id,
            row.kind or "collector",
            frozenset({"collect:write"}),
            frozenset(row.purposes or ()),
            row.source,
        )
        origins = frozenset(row.origins) if row.origins is not None else None
        terms = await self.terms(row.client_id) if row.client_id else None
        if terms is not None and (terms.closed or "collect:write" not in terms.scopes):
            raise Unauthenticated("The write key's client may not collect.", headers=BASIC)
        return Session(caller, time.time() + WRITE_KEY_MEMORY_S, row.id, origins, terms)

    async def terms(self, client_id: str) -> Terms | None:
        """A client's record as it stands; None where there is no such client."""
        if client_id not in self._terms:
            async with self.database.snapshot() as connection:
                row = await repository.find_client(connection, client_id)
            if row is None:
                return None
            self._terms[client_id] = terms_of(row)
        return self._terms[client_id]

    def knows_origin(self, origin: str) -> bool:
        """Whether an open client's pages stand at that web origin."""
        return any(origin in terms.origins for terms in self._terms.values() if not terms.closed)

    def learn(self, row: Any) -> None:
        """Take a client's changed record over: sessions under the old one end here and now."""
        changed = terms_of(row)
        if self._terms.get(row.id) != changed:
            self._terms[row.id] = changed
            self._tokens.clear()
            self._write_keys.clear()

    def forget(self) -> None:
        """Check every token anew: a key is not trusted any more."""
        self._tokens.clear()

    def revoke(self, token_id: str) -> None:
        """Refuse a token or a write key, by its id, from now on (the database remembers it for the next start)."""
        self._revoked.add(token_id)

    async def refresh(self) -> None:
        """Learn what other replicas revoked and changed, keys of tokens too."""
        now = datetime.now(UTC)
        if self.keys.reload():
            self._tokens.clear()
        async with self.database.snapshot() as connection:
            for row in await repository.clients_changed_since(connection, self._heard):
                self.learn(row)
            self._revoked |= await repository.revoked_since(connection, now)
            remembered = now - timedelta(seconds=2 * WRITE_KEY_MEMORY_S)
            self._revoked |= await repository.write_keys_revoked_since(connection, remembered)
        self._heard = now - CLOCKS_APART

    async def _checked(self, token: bytes) -> Session:
        try:
            claims = self.keys.verify(ACCESS_TOKEN, token)
            session = _session(claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Unauthenticated("The access token does not hold.", headers=BEARER) from error
        if claims["iss"] != self.issuer or claims["aud"] != AUDIENCE:
            raise Unauthenticated("The access token is for another audience.", headers=BEARER)
        terms = await self.terms(session.caller.client_id)
        if terms is None or terms.closed:
            raise Unauthenticated("The client was closed.", headers=BEARER)
        return session._replace(terms=terms, caller=_narrowed(session.caller, terms))


BEARER = {"WWW-Authenticate": 'Bearer realm="chandung", error="invalid_token"'}
BASIC = {"WWW-Authenticate": 'Basic realm="chandung"'}


def basic_credentials(credentials: bytes) -> tuple[str, str]:
    """User name and password of HTTP Basic credentials (RFC 7617). Raises Unauthenticated where they are none."""
    try:
        text = b64decode(credentials, validate=True).decode()
    except (Base64Error, UnicodeDecodeError) as error:
        raise Unauthenticated("The credentials are not HTTP Basic.", headers=BASIC) from error
    name, _, password = text.partition(":")
    return name, password


def _session(claims: dict[str, Any]) -> Session:
    caller = Caller(
        client_id=str(claims["sub"]),
        kind=str(claims["kind"]),
        scopes=frozenset(str(claims["scope"]).split()),
        purposes=frozenset(claims["purposes"]),
    )
    return Session(caller, float(claims["exp"]), str(claims["jti"]))


def _narrowed(caller: Caller, terms: Terms) -> Caller:
    """The caller without what was taken from its client since the token was issued."""
    scopes, purposes = caller.scopes & terms.scopes, caller.purposes & terms.purposes
    return msgspec.structs.replace(caller, scopes=scopes, purposes=purposes)


def _remember(cache: dict[bytes, Session], key: bytes, session: Session) -> None:
    if len(cache) >= _CACHE_LIMIT:
        cache.clear()
    cache[key] = session
