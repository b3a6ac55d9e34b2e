"""What a span may say: a closed list of attributes, each with the form of its values. Nothing else leaves.

Names follow OpenTelemetry's semantic conventions (HTTP and messaging spans). No value can hold a phone number, an
id, an address of a person or free text: words of ours, small numbers, and templates of routes.
"""

import re
from collections.abc import Callable
from typing import Final

Allowed = Callable[[object], bool]

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})
OTHER_METHOD: Final = "_OTHER"
"""What the conventions call a method that is none of HTTP's: clients can write anything there."""

_WORD = re.compile(r"[a-z]{1,40}(?:[._-][a-z]{1,40}){0,5}")
_CLASS = re.compile(r"[A-Za-z_]{1,80}(?:\.[A-Za-z_]{1,80}){0,5}|[1-5][0-9]{2}")
_PART = r"\{[a-z_]{1,40}\}"
_ROUTE = re.compile(
    rf"/|(?:/(?:v[0-9]|[a-z._-]{{1,40}}|(?:{_PART}|[a-z]{{1,20}})(?:\.(?:[a-z]{{1,5}}|{_PART}))?)){{1,12}}"
)
_NAME = re.compile(r"[A-Za-z_]{1,40}(?: [a-z._]{1,80}){0,3}|[A-Z_]{3,8} (?P<route>/.*)")
_MOST: Final = 1_000_000


def method_of(given: str) -> str:
    """An HTTP method as it may be told: itself where HTTP knows it."""
    return given if given in METHODS else OTHER_METHOD


def _like(form: re.Pattern[str]) -> Allowed:
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


def _count(least: int, most: int) -> Allowed:
    return lambda value: type(value) is int and least <= value <= most


_is_word, _is_route = _like(_WORD), _like(_ROUTE)

ATTRIBUTES: Final[dict[str, Allowed]] = {
    "http.request.method": _like(re.compile("|".join([*sorted(METHODS), OTHER_METHOD]))),
    "http.route": _is_route,
    "http.response.status_code": _count(100, 599),
    "error.type": _like(_CLASS),
    "service.peer.name": _is_word,
    "messaging.system": _is_word,
    "messaging.operation.name": _is_word,
    "messaging.operation.type": _is_word,
    "messaging.destination.name": _is_word,
    "messaging.consumer.group.name": _is_word,
    "messaging.batch.message_count": _count(0, _MOST),
}
"""Every attribute that may leave, and whether a value of it may."""


def may_leave(key: str, value: object) -> bool:
    """Whether a span may say so."""
    allowed = ATTRIBUTES.get(key)
    return allowed is not None and allowed(value)


def name_that_may_leave(name: str, otherwise: str) -> str:
    """`name` where it is words of ours, or a method and the template of a route; `otherwise` if not."""
    found = _NAME.fullmatch(name)
    if found is None or (found["route"] is not None and not _is_route(found["route"])):
        return otherwise
    return name
