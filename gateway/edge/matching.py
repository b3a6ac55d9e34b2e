"""What a public route is, and which one a request is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple


class Access(Enum):
    """Who may knock."""

    OPEN = "open"
    """Anybody: health, documents, and the doors that check credentials or signatures themselves."""
    TOKEN = "token"  # noqa: S105 - a kind of door
    """An access token with one of the route's scopes."""
    COLLECT = "collect"
    """An access token, or a write key by HTTP Basic."""
    TRACK = "track"
    """As COLLECT, from any page too, and the write key may stand in the body."""
    PAGE = "page"
    """An access token with one of the route's scopes, or who signed in to the pages, or who looks from the machine itself."""
    SITE = "site"
    """Anybody, from any page: the path holds a write key."""


@dataclass(frozen=True, slots=True)
class Route:
    """One public operation. `scopes`: any one of them opens it; none: any good token does."""

    method: str
    path: str
    upstream: str
    scopes: tuple[str, ...] = ()
    access: Access = Access.TOKEN
    purpose: bool = False
    """The query must name a purpose that the client may declare."""
    deprecated: datetime | None = None
    """Since when clients should move on (RFC 9745)."""
    sunset: datetime | None = None
    """When it stops to answer (RFC 8594)."""
    successor: str = ""
    """What takes its place: a path, or the address of a page."""
    upload: bool = False
    """The body is a file, which streams on to a disk: as large as the setting `MAX_UPLOAD` says."""
    audited: str = ""
    """What the audit trail says of it, with the person of its path, before it is passed on: without that it is not."""


class Match(NamedTuple):
    """A route and the values of its path's placeholders."""

    route: Route
    params: Mapping[str, str]


_Segments = tuple[tuple[str, str], ...]
"""For each segment of a path: the literal (or "") and the placeholder's name (or "")."""


class RouteTable:
    """Finds the route of a request: literal paths by one look-up, templates by their number of segments."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self._literal: dict[tuple[str, str], Match] = {}
        self._templates: dict[tuple[str, int], list[tuple[_Segments, Route]]] = {}
        for route in routes:
            if "{" not in route.path:
                self._literal[route.method, route.path] = Match(route, {})
            else:
                segments = tuple(_segment(text) for text in route.path.split("/"))
                self._templates.setdefault((route.method, len(segments)), []).append((segments, route))

    def find(self, method: str, path: str) -> Match | None:
        """The route of that method and (decoded) path; the earlier one in the table where two would fit."""
        literal = self._literal.get((method, path))
        if literal is not None:
            return literal
        given = path.split("/")
        for segments, route in self._templates.get((method, len(given)), ()):
            params = _fit(segments, given)
            if params is not None:
                return Match(route, params)
        return None

    def methods(self, path: str) -> list[str]:
        """The methods that the path knows."""
        return [method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if self.find(method, path)]


def _segment(text: str) -> tuple[str, str]:
    if not text.startswith("{"):
        return text, ""
    name, _, suffix = text[1:].partition("}")
    return suffix, name


def _fit(segments: _Segments, given: list[str]) -> dict[str, str] | None:
    params = {}
    for (literal, name), value in zip(segments, given, strict=True):
        if not name:
            if value != literal:
                return None
            continue
        if not value.endswith(literal) or value in (literal, ".", ".."):
            return None
        params[name] = value.removesuffix(literal)
    return params


def fill(path: str, params: Mapping[str, str]) -> str:
    """`path` with its placeholders filled in."""
    return path.format(**params)
