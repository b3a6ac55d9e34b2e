"""What was proved of a number, and how much of it is left: pure rules."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Literal, NamedTuple

Kind = Literal["format", "reachable", "possession", "consent"]

HALF_LIVES: Final[dict[str, int]] = {"format": 3650, "reachable": 90, "possession": 365, "consent": 730}
"""Days after which half of an evidence is left. Carriers take back a prepaid number about two months after it falls
silent and sell it again, so that a message that arrived says little a season later."""
WEIGHTS: Final[dict[str, float]] = {"format": 0.15, "reachable": 0.5, "possession": 0.97, "consent": 0.0}
"""How sure each evidence makes by itself when it is fresh; consent allows, it proves nothing about a number."""
SILENCED: Final = 0.3
"""What is left of an older possession when a newer message did not arrive."""


class Proof(NamedTuple):
    """The holder of a number entered the code that was sent to it, or sent us the word."""

    id: str
    verification_id: str
    client_id: str
    subject: str | None
    blind_index: str | None
    """The number's blind index as ingest keeps it; None where the number is of nobody known."""
    method: str
    purpose: str
    number_hash: bytes
    """Keyed, and different for each client: two clients cannot join what they hold by it."""
    verified_at: datetime

    @property
    def number(self) -> str:
        """`number_hash` as text, base64url without padding."""
        return text_of(self.number_hash)


class Finding(NamedTuple):
    """One evidence of a number: `ok` False where the opposite was seen (a message that did not arrive)."""

    kind: str
    ok: bool
    at: datetime
    method: str
    source: str
    """Which client or carrier it came by."""
    subject: str | None = None
    recycled: bool = False
    """Somebody else proved possession before: the number changed hands."""


class Left(NamedTuple):
    """What is left of an evidence now, 0 to 1."""

    finding: Finding
    confidence: float
    half_life_days: int


def text_of(digest: bytes) -> str:
    """Bytes as base64url without padding."""
    return urlsafe_b64encode(digest).decode().rstrip("=")


def left_of(finding: Finding, now: datetime, half_lives: Mapping[str, int] = HALF_LIVES) -> Left:
    """The evidence after its decay; nothing is left of one whose opposite was seen."""
    half_life = half_lives[finding.kind]
    days = max(0.0, (now - finding.at).total_seconds() / 86_400)
    fresh = WEIGHTS[finding.kind] if finding.ok else 0.0
    return Left(finding, round(fresh * 0.5 ** (days / half_life), 4), half_life)


def confidence_in(
    findings: Iterable[Finding], now: datetime, half_lives: Mapping[str, int] = HALF_LIVES
) -> float:
    """How sure it is that the number is its person's: evidences add up as independent ones do.

    A possession older than a message that did not arrive counts for less.
    """
    known = list(findings)
    silent = max((one.at for one in known if one.kind == "reachable" and not one.ok), default=None)
    doubt = 1.0
    for one in known:
        share = left_of(one, now, half_lives).confidence
        if silent and one.kind == "possession" and one.at < silent:
            share *= SILENCED
        doubt *= 1 - share
    return round(1 - doubt, 4)
