"""Rules about collectors that explain themselves: each gives a share of doubt and says what it saw.

A rule counts by the lower end of a 95 % interval, so that few records never condemn anybody.
"""

from collections.abc import Callable
from hashlib import blake2b
from math import sqrt
from typing import Any, Final, NamedTuple

import msgspec

COLLECTORS_A_DEVICE: Final = 3
"""Shifts share a tablet; more than this is a sign of one person under many names."""
PEOPLE_A_NUMBER: Final = 3
"""A family shares a phone; more people than this with one number is a sign."""
NEIGHBOURS: Final = 4
"""So many of a collector's people in one block of a hundred numbers are a sequence."""
HONEST: Final = {
    "hasty": 0.05,
    "repeats": 0.30,
    "in_blocks": 0.05,
    "templates": 0.05,
    "jumps": 0.10,
    "overlapped": 0.10,
    "mute": 0.10,
    "disagreed": 0.30,
    "quick_codes": 0.10,
    "invented": 0.05,
}
"""Shares that honest collectors reach: corrections entered again, short forms, a lucky number, a flight, people who
answer otherwise a week later."""
FLAGGED_FROM: Final = 0.5

_encode = msgspec.json.Encoder(order="deterministic").encode


class Reason(NamedTuple):
    """Why a collector or a record is doubted; `code` is stable."""

    code: str
    detail: str


class Conduct(NamedTuple):
    """What is counted of a collector."""

    collector: str
    records: int
    timed: int = 0
    hasty: int = 0
    surveys: int = 0
    templates: int = 0
    """Records whose phone is a pattern that people type."""
    spoken: int = 0
    mute: int = 0
    """Records with a recording, and those whose recording is too short for the answers."""
    moves: int = 0
    jumps: int = 0
    """Records elsewhere than the one before, and those that nobody could have reached in time."""
    followed: int = 0
    overlapped: int = 0
    """Records after another, and those that began before the other person's had ended."""
    checked: int = 0
    disagreed: int = 0
    """Surveys that somebody else asked again, and those whose answers were mostly others."""
    judged: int = 0
    invented: int = 0
    """Records that a person reviewed, and those found false."""
    most_repeated: int = 0
    """Surveys with the collector's most frequent set of answers."""
    device_collectors: int = 0
    """Collectors on the most shared of the collector's devices, itself included."""
    number_people: int = 0
    """People to whom the collector gave one and the same number, at most."""
    numbered: int = 0
    in_blocks: int = 0
    """People with a number, and those of them in blocks of a hundred that hold NEIGHBOURS or more of them."""
    codes: int = 0
    quick_codes: int = 0
    """Codes that the collector asked for and that were used, and those entered before a person could read them."""


class Verdict(NamedTuple):
    """`score` 0 (honest) to 1 (false)."""

    score: float
    flagged: bool
    reasons: tuple[Reason, ...]


def answers_hash(payload: dict[str, Any]) -> bytes | None:
    """A survey's form and answers as 16 bytes, None where there are none."""
    given = payload.get("answers")
    if not given:
        return None
    return blake2b(_encode([payload.get("form"), given]), digest_size=16).digest()


def judge(conduct: Conduct) -> Verdict:
    """The rules together: doubts add up as independent ones do, none can be outweighed."""
    doubts = [doubt for rule in _RULES if (doubt := rule(conduct))]
    trust = 1.0
    for share, _ in doubts:
        trust *= 1 - share
    score = round(1 - trust, 3)
    return Verdict(score, score >= FLAGGED_FROM, tuple(reason for _, reason in doubts))


_Doubt = tuple[float, Reason]
_Rule = Callable[[Conduct], _Doubt | None]


def _share(code: str, hits: str, of: str, detail: str, honest: str = "", weight: float = 1.0) -> _Rule:
    """A rule over a share: `detail` is told with the two counts."""

    def rule(conduct: Conduct) -> _Doubt | None:
        n, total = getattr(conduct, hits), getattr(conduct, of)
        above = _above(n, total, HONEST[honest or hits])
        return (min(1.0, weight * above), Reason(code, detail.format(n, total))) if above else None

    return rule


def _count(code: str, of: str, usual: int, detail: str) -> _Rule:
    """A rule over a count that has a usual size."""

    def rule(conduct: Conduct) -> _Doubt | None:
        count = getattr(conduct, of)
        share = max(0.0, 1 - usual / count) if count else 0.0  # 0.5 at twice the usual count
        return (share, Reason(code, detail.format(count))) if share else None

    return rule


_RULES: Final[tuple[_Rule, ...]] = (
    _share("too-fast", "hasty", "timed", "{} of {} timed records were entered faster than a person can be asked.", weight=1.5),
    _share("same-answers", "most_repeated", "surveys", "{} of {} surveys have exactly the same answers.", "repeats", 1.5),
    _count("shared-device", "device_collectors", COLLECTORS_A_DEVICE, "A device of this collector is used by {} collectors."),
    _count("shared-number", "number_people", PEOPLE_A_NUMBER, "One phone number was given to {} people."),
    _share("sequential-numbers", "in_blocks", "numbered", "{} of {} people have numbers in a row.", weight=1.5),
    _share("template-numbers", "templates", "records", "{} of {} records have a number that follows a pattern people type.", weight=1.5),
    _share(
        "impossible-travel", "jumps", "moves", "{} of {} journeys were faster than anybody travels.", weight=1.5
    ),
    _share(
        "overlapping", "overlapped", "followed", "{} of {} records began while another person was asked.", weight=1.5
    ),
    _share("short-audio", "mute", "spoken", "{} of {} recordings are too short for their answers.", weight=1.5),
    _share(
        "back-check", "disagreed", "checked", "{} of {} people answered otherwise when asked again.", weight=2.0
    ),
    _share("quick-codes", "quick_codes", "codes", "{} of {} codes were entered before a person could read them.", weight=1.5),
    _share("found-false", "invented", "judged", "{} of {} reviewed records were found false.", weight=2.0),
)  # fmt: skip


def _above(hits: int, of: int, honest: float) -> float:
    """How far the share is surely above what honest collectors reach, 0 to 1."""
    return max(0.0, (lower_bound(hits, of) - honest) / (1 - honest))


def lower_bound(hits: int, of: int, z: float = 1.96) -> float:
    """Wilson's lower bound of a share at 95 %."""
    if not of:
        return 0.0
    share, spread = hits / of, z * z / of
    return (share + spread / 2 - z * sqrt((share * (1 - share) + spread / 4) / of)) / (1 + spread)
