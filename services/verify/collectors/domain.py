"""Rules of collection that explain themselves: each gives a share of doubt and says what it saw.

A rule counts by the lower end of a 95 % interval, so that few records never condemn anybody.
"""

from hashlib import blake2b
from math import sqrt
from typing import Any, Final, NamedTuple

import msgspec

SHORTEST_MS: Final = {
    "profile": 15_000,
    "survey": 20_000,
    "interview": 45_000,
    "feedback": 10_000,
    "referral": 8_000,
    "attendance": 2_000,
}
"""Kind to the shortest time in which a person can be asked and answer; kinds not listed are not asked for."""
COLLECTORS_A_DEVICE: Final = 3
"""Shifts share a tablet; more than this is a sign of one person under many names."""
PEOPLE_A_NUMBER: Final = 3
"""A family shares a phone; more people than this with one number, all by one collector, is a sign."""
HONEST_HASTE: Final = 0.05
HONEST_REPEATS: Final = 0.30
"""Shares that honest collectors reach: corrections entered again, and short forms with few possible answers."""
FLAGGED_FROM: Final = 0.5

_encode = msgspec.json.Encoder(order="deterministic").encode


class Reason(NamedTuple):
    """Why a collector is doubted; `code` is stable."""

    code: str
    detail: str


class Conduct(NamedTuple):
    """What is counted of a collector."""

    collector: str
    records: int
    timed: int = 0
    hasty: int = 0
    surveys: int = 0
    most_repeated: int = 0
    """Surveys with the collector's most frequent set of answers."""
    device_collectors: int = 0
    """Collectors on the most shared of the collector's devices, itself included."""
    number_people: int = 0
    """People to whom the collector gave one and the same number, at most."""


class Verdict(NamedTuple):
    """`score` 0 (honest) to 1 (false)."""

    score: float
    flagged: bool
    reasons: tuple[Reason, ...]


def is_hasty(kind: str, duration_ms: int) -> bool:
    """Faster than a person can be asked."""
    return duration_ms < SHORTEST_MS.get(kind, 0)


def answers_hash(payload: dict[str, Any]) -> bytes | None:
    """A survey's form and answers as 16 bytes, None where there are none."""
    given = payload.get("answers")
    if not given:
        return None
    return blake2b(_encode([payload.get("form"), given]), digest_size=16).digest()


def judge(conduct: Conduct) -> Verdict:
    """The rules together: doubts add up as independent ones do, none can be outweighed."""
    doubts = [doubt for rule in (_haste, _repeats, _device, _number) if (doubt := rule(conduct))]
    trust = 1.0
    for share, _ in doubts:
        trust *= 1 - share
    score = round(1 - trust, 3)
    return Verdict(score, score >= FLAGGED_FROM, tuple(reason for _, reason in doubts))


_Doubt = tuple[float, Reason]


def _haste(conduct: Conduct) -> _Doubt | None:
    share = _above(conduct.hasty, conduct.timed, HONEST_HASTE)
    detail = (
        f"{conduct.hasty} of {conduct.timed} timed records were entered faster than a person can be asked."
    )
    return (share, Reason("too-fast", detail)) if share else None


def _repeats(conduct: Conduct) -> _Doubt | None:
    share = _above(conduct.most_repeated, conduct.surveys, HONEST_REPEATS)
    detail = f"{conduct.most_repeated} of {conduct.surveys} surveys have exactly the same answers."
    return (share, Reason("same-answers", detail)) if share else None


def _device(conduct: Conduct) -> _Doubt | None:
    share = _beyond(conduct.device_collectors, COLLECTORS_A_DEVICE)
    detail = f"A device of this collector is used by {conduct.device_collectors} collectors."
    return (share, Reason("shared-device", detail)) if share else None


def _number(conduct: Conduct) -> _Doubt | None:
    share = _beyond(conduct.number_people, PEOPLE_A_NUMBER)
    detail = f"One phone number was given to {conduct.number_people} people."
    return (share, Reason("shared-number", detail)) if share else None


def _above(hits: int, of: int, honest: float) -> float:
    """How far the share is surely above what honest collectors reach, 0 to 1."""
    return max(0.0, (_lower_bound(hits, of) - honest) / (1 - honest))


def _beyond(count: int, usual: int) -> float:
    """0 up to the usual count, 0.5 at twice of it, towards 1 beyond."""
    return max(0.0, 1 - usual / count) if count else 0.0


def _lower_bound(hits: int, of: int, z: float = 1.96) -> float:
    """Wilson's lower bound of a share at 95 %."""
    if not of:
        return 0.0
    share, spread = hits / of, z * z / of
    return (share + spread / 2 - z * sqrt((share * (1 - share) + spread / 4) / of)) / (1 + spread)
