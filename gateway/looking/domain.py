"""Who may open the pages at /personas: a bearer, who signed in, or who sits at the machine itself. Pure."""

from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, urlsplit

from kernel.web.asgi import Scope, header
from kernel.web.internal import Caller

COOKIE: Final = "chandung_pages"
SCOPE: Final = "personas:read"
SIGNED_IN_S: Final = 8 * 3600
"""A working day. Longer than other tokens, because it opens nothing but portraits."""

LOOKER: Final = Caller("looker", "looker", frozenset({SCOPE}))
"""Who looks from the machine itself without having signed in: portraits, but nobody's own words, and no purpose."""

_FORWARDED: Final = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip", b"via")


def cookie_in(scope: Scope) -> bytes | None:
    """The token that signing in left in the browser."""
    raw = header(scope, b"cookie")
    if raw is None:
        return None
    jar = SimpleCookie()
    try:
        jar.load(raw.decode("latin-1"))
    except CookieError:
        return None
    return jar[COOKIE].value.encode("latin-1") if COOKIE in jar else None


def is_at_the_machine(scope: Scope, own_address: str) -> bool:
    """True where the request comes over loopback, to a loopback name, through no proxy that says so, and we serve
    nobody else: our own address is a loopback one. A page of another site cannot look either: it has another name."""
    client = scope.get("client")
    host = (header(scope, b"host") or b"").decode("latin-1")
    return (
        client is not None
        and _is_loopback(str(client[0]))
        and _is_loopback(urlsplit(f"//{host}").hostname or "")
        and _is_loopback(urlsplit(own_address).hostname or "")
        and not any(header(scope, name) for name in _FORWARDED)
    )


def way_in(path: str) -> str:
    """Where to sign in, to come back to `path`."""
    return f"/personas/sign-in?next={quote(safe_next(path), safe='/')}"


def safe_next(path: str) -> str:
    """`path` where it is one of the pages, else the gallery: signing in leads nowhere else."""
    plain = (
        path.startswith("/personas")
        and path[9:10] in ("", "/", "?")
        and "\\" not in path
        and ".." not in path
    )
    return path if plain and path.isprintable() else "/personas"


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
