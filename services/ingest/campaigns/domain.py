"""What a campaign is, and what an answer to it costs. Pure."""

import re
from typing import Final, Literal, NamedTuple, get_args

from kernel.privacy.names import strip_accents

Medium = Literal["press", "television", "radio", "outdoor", "video", "social", "search", "other"]
MEDIA: Final = get_args(Medium)

VALID_FROM: Final = 0.5
"""The trust from which on a record is valid: at 0.5 nothing is known of it, below more speaks against it than for it."""

_NOT_KEY = re.compile(r"[^a-z0-9]+")


class Response(NamedTuple):
    """An accepted record that answers a campaign, named by its key or id."""

    record_id: str
    source: str
    campaign: str
    subject_id: str | None
    at: int
    trust: float
    """How far the record can be trusted, 0 to 1."""


class Tally(NamedTuple):
    """What came of a campaign."""

    leads: int
    """Stored records that name it."""
    people: int
    valid: int
    """Those of the records whose person has proved to hold their phone, and that can be trusted."""
    spend: int
    doubted: int
    """Records that cannot be trusted: below VALID_FROM."""


def key_of(name: str) -> str:
    """A key from a name: "Tết 2027 – TVC" becomes "tet-2027-tvc". Empty where nothing is left."""
    return _NOT_KEY.sub("-", strip_accents(name).lower()).strip("-")[:64].strip("-")


def cost(spend: int, count: int) -> int | None:
    """Đồng for each, rounded half up; None where there is none yet."""
    return (2 * spend + count) // (2 * count) if count else None
