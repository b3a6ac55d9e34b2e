"""Internal tokens: who is asking, as the gateway (or a service, at an internal door) vouches for it.

A service answers nobody without one, so that reaching it around the gateway is of no use. HS256 over a secret that
only our own processes share; minted and checked tokens are cached, so that a hop costs a dictionary look-up.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from kernel.errors import Unauthenticated

HEADER = b"x-chandung-caller"
ADDRESS = b"x-chandung-address"
"""Where a browser's request came from, as the edge saw it; there for the doors that a site's visitors use only."""

LIFETIME_S = 60
"""Revocation is enforced at the gateway on each request; this bounds the use of a leaked internal token."""

_CACHE_LIMIT = 10_000


class Caller(msgspec.Struct, frozen=True):
    """The client behind a request, or the service itself where `kind` is "service"."""

    client_id: str
    kind: str
    """collector, partner, internal, operator, privacy_officer or service."""
    scopes: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    source: str | None = None
    """The source a write key stands for."""

    @property
    def is_partner(self) -> bool:
        """Partners see pairwise ids only."""
        return self.kind == "partner"


@dataclass(slots=True)
class InternalTokens:
    """Mints and checks internal tokens with one shared secret (32 bytes or more)."""

    secret: bytes
    _minted: dict[Caller, tuple[str, float]] = field(default_factory=dict)
    _checked: dict[bytes, tuple[Caller, float]] = field(default_factory=dict)

    def mint(self, caller: Caller) -> str:
        """A token for `caller`, good for at least half of LIFETIME_S."""
        now = time.time()
        known = self._minted.get(caller)
        if known and known[1] > now + LIFETIME_S / 2:
            return known[0]
        expires = int(now) + LIFETIME_S
        claims = {"exp": expires, "caller": msgspec.to_builtins(caller)}
        token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(self.secret))
        self._remember(self._minted, caller, (token, expires))
        return token

    def check(self, token: bytes) -> Caller:
        """The caller in `token`. Raises Unauthenticated where it is missing, forged or expired."""
        known = self._checked.get(token)
        now = time.time()
        if known and known[1] > now:
            return known[0]
        try:
            claims: dict[str, Any] = jwt.decode(
                token.decode("ascii"), OctKey.import_key(self.secret), algorithms=["HS256"]
            ).claims
            caller = msgspec.convert(claims["caller"], Caller)
            expires = float(claims["exp"])
        except (JoseError, ValueError, KeyError, msgspec.ValidationError) as error:
            raise Unauthenticated("This door opens only through the gateway.") from error
        if expires <= now:
            raise Unauthenticated("The internal token has expired.")
        self._remember(self._checked, token, (caller, expires))
        return caller

    @staticmethod
    def _remember(cache: dict[Any, Any], key: Any, value: Any) -> None:
        if len(cache) >= _CACHE_LIMIT:
            cache.clear()  # cheaper than tracking age; everything in it can be made again
        cache[key] = value
