"""What a campaign is, and what an answer to it costs. Pure."""

import re
from typing import Final, Literal, NamedTuple, get_args

from kernel.privacy.names import strip_accents

Medium = Literal["press", "television", "radio", "outdoor", "video", "social", "search", "other"]
MEDIA: Final = get_args(Medium)

_NOT_KEY = re.compile(r"[^a-z0-9]+")


class Response(NamedTuple):
    """An accepted record that answers a campaign, named by its key or id."""

    record_id: str
    source: str
    campaign: str
    subject_id: str | None
    at: int


class Tally(NamedTuple):
    """What came of a campaign."""

    leads: int
    """Stored records that name it."""
    people: int
    valid: int
    """Those of the records whose person has proved to hold their phone."""
    spend: int


def key_of(name: str) -> str:
    """A key from a name: "Tết 2027 – TVC" becomes "tet-2027-tvc". Empty where nothing is left."""
    return _NOT_KEY.sub("-", strip_accents(name).lower()).strip("-")[:64].strip("-")


def cost(spend: int, count: int) -> int | None:
    """Đồng for each, rounded half up; None where there is none yet."""
    return (2 * spend + count) // (2 * count) if count else None
