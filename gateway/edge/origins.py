"""CORS by client: pages of the origins in a client's record may call with its tokens, and read the answers."""

from collections.abc import Collection
from typing import Final

from gateway.clients.sessions import Sessions
from gateway.edge.matching import RouteTable
from kernel.web.asgi import Scope, header

_EXPOSED: Final = (
    b"access-control-expose-headers",
    b"idempotency-replayed, ratelimit, ratelimit-policy, retry-after, deprecation, sunset, link",
)
_VARY: Final = (b"vary", b"origin")

Headers = list[tuple[bytes, bytes]]


def told_to_page(scope: Scope, origins: Collection[str]) -> Headers:
    """The headers by which a browser lets its page read the answer; none where the client names no such origin."""
    if not origins:
        return []
    origin = header(scope, b"origin")
    if origin is None or origin.decode("latin-1") not in origins:
        return [_VARY]
    return [(b"access-control-allow-origin", origin), _EXPOSED, _VARY]


def preflight_of(scope: Scope, sessions: Sessions, table: RouteTable) -> Headers:
    """The answer to a preflight; empty where it is none, or where no open client names the page's origin.

    A preflight carries no token: whose page it is shows with the request itself.
    """
    origin, wanted = header(scope, b"origin"), header(scope, b"access-control-request-method")
    methods = table.methods(scope["path"])
    if origin is None or wanted is None or not methods or not sessions.knows_origin(origin.decode("latin-1")):
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-methods", ", ".join(methods).encode()),
        (
            b"access-control-allow-headers",
            b"authorization, content-type, idempotency-key, traceparent, x-deadline-ms",
        ),
        (b"access-control-max-age", b"600"),
        _VARY,
        (b"content-length", b"0"),
    ]
