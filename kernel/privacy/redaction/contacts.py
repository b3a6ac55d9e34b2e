"""Finds email addresses and addresses of profiles."""

import re
from collections.abc import Iterator
from typing import Final

from kernel.privacy.redaction.views import Span, Views

_DOMAIN = re.compile(r"@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}")
_LOCAL: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_`{|}~-"
)
_MAX_LOCAL: Final = 64
_PROFILE = re.compile(
    r"(?:facebook|fb|zalo|instagram|tiktok|threads|twitter|linkedin|youtube|messenger|x|t|m)"
    r"\.(?:com|me|net|vn)/[^\s]{2,200}"
)
_URL_START: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-:/")
_MAX_HOST: Final = 40


def find_emails(views: Views) -> Iterator[Span]:
    """Addresses with a domain; work is bounded for each @."""
    folded = views.folded
    for match in _DOMAIN.finditer(folded):
        start = _walk_back(folded, match.start(), _LOCAL, _MAX_LOCAL)
        if start < match.start():
            yield Span(start, match.end(), "email")


def find_profiles(views: Views) -> Iterator[Span]:
    """Addresses of accounts on social platforms, with or without https."""
    lowered = views.lowered
    for match in _PROFILE.finditer(lowered):
        start = _walk_back(lowered, match.start(), _URL_START, _MAX_HOST)
        if start < match.start() and lowered[match.start() - 1] not in "./":
            continue  # the middle of another word: "max.com/..." is not x.com
        end = match.start() + len(match[0].rstrip(".,;:!?)]}\"'"))
        yield Span(start, end, "url")


def _walk_back(text: str, position: int, allowed: frozenset[str], limit: int) -> int:
    stop = max(0, position - limit)
    while position > stop and text[position - 1] in allowed:
        position -= 1
    return position
