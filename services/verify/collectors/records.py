"""Rules about one record: what it looks like beside the one before, and whether it can have happened at all."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from math import asin, cos, radians, sin, sqrt
from typing import Any, Final, NamedTuple

import msgspec

from kernel.contracts.records import CollectorEvidence, RecordAccepted
from services.verify.collectors.domain import NEIGHBOURS, PEOPLE_A_NUMBER, Reason

SHORTEST_MS: Final = {
    "profile": 15_000,
    "survey": 20_000,
    "interview": 45_000,
    "feedback": 10_000,
    "referral": 8_000,
    "attendance": 2_000,
}
"""Kind to the shortest time in which a person can be asked and answer; kinds not listed are not asked for."""
SPOKEN_MS: Final = 1_500
"""The least that is said for one answer, question included."""
FASTEST_KMH: Final = 150.0
SLACK_KM: Final = 30.0
"""Areas are rounded to 0.1 degree: two of them may be this much closer than they look."""
QUEUED_FROM: Final = 0.55
"""One quick entry or one odd journey happens to everybody; two signs at once, or a strong one, are looked at."""
SAME_SHEETS: Final = 4
"""So many surveys of a collector with exactly these answers are not chance, where a form asks enough."""
_WEIGHTS: Final = {
    "too-fast": 0.5,
    "overlapping": 0.5,
    "impossible-travel": 0.5,
    "sequential-number": 0.7,
    "template-number": 0.3,
    "shared-number": 0.6,
    "short-audio": 0.5,
    "back-check": 0.6,
    "same-answers": 0.6,
}
"""How much each reason by itself makes a record doubtful."""


class Step(NamedTuple):
    """Where and when a collector was with somebody."""

    started_at: datetime
    ended_at: datetime
    area: str | None
    subject: str | None


class Sheet(NamedTuple):
    """A person's answers to a form, as somebody took them down first."""

    collector: str
    answers: Mapping[str, bytes]
    record_id: str
    at: datetime


class Doubted(NamedTuple):
    """A record that a person should look at."""

    record_id: str
    collector: str
    subject: str | None
    at: datetime
    score: float
    reasons: Sequence[Reason]


def is_hasty(kind: str, duration_ms: int) -> bool:
    """Faster than a person can be asked."""
    return duration_ms < SHORTEST_MS.get(kind, 0)


def step_of(event: RecordAccepted, taken: CollectorEvidence) -> Step | None:
    """The record as a step of its collector; None where it does not say when it began."""
    if taken.started_at is None:
        return None
    lasted = timedelta(milliseconds=min(taken.duration_ms or 0, 86_400_000))
    return Step(taken.started_at, taken.started_at + lasted, taken.area, event.subject)


def is_overlap(before: Step, now: Step) -> bool:
    """Whether another person was asked before the one before had ended."""
    return before.subject != now.subject and now.started_at < before.ended_at


def is_move(before: Step, now: Step) -> bool:
    """Whether the collector went somewhere else."""
    return bool(before.area and now.area and before.area != now.area)


def is_jump(before: Step, now: Step) -> bool:
    """Whether nobody could have got there in time."""
    if not is_move(before, now):
        return False
    hours = max((now.started_at - before.ended_at).total_seconds(), 0.0) / 3600
    return distance_km(before.area or "", now.area or "") - SLACK_KM > hours * FASTEST_KMH


def distance_km(here: str, there: str) -> float:
    """Between two areas ("10.8,106.7"), along the earth."""
    (a, b), (c, d) = (map(radians, map(float, area.split(","))) for area in (here, there))
    half = sin((c - a) / 2) ** 2 + cos(a) * cos(c) * sin((d - b) / 2) ** 2
    return 12_742 * asin(sqrt(min(1.0, half)))


def answered(payload: Mapping[str, Any]) -> dict[str, bytes]:
    """Each answer of a survey by question, hashed to four bytes: enough to compare, nothing to read."""
    given = payload.get("answers")
    if not isinstance(given, Mapping):
        return {}
    return {
        str(question)[:60]: blake2b(msgspec.json.encode(answer), digest_size=4).digest()
        for question, answer in given.items()
    }


def is_mute(taken: CollectorEvidence, answers: int) -> bool:
    """Whether the recording is too short for the answers."""
    return taken.audio_ms is not None and taken.audio_ms < SPOKEN_MS * max(answers, 1)


def disagrees(first: Mapping[str, bytes], second: Mapping[str, bytes]) -> bool | None:
    """Whether most answers are others when asked again; None where too few questions are the same."""
    common = first.keys() & second.keys()
    if len(common) < 3:
        return None
    return sum(first[one] == second[one] for one in common) * 2 < len(common)


def doubt_record(reasons: Sequence[Reason]) -> float:
    """How doubtful a record is: reasons add up as independent ones do."""
    trust = 1.0
    for reason in reasons:
        trust *= 1 - _WEIGHTS[reason.code]
    return round(1 - trust, 3)


def reasons_of(
    event: RecordAccepted, taken: CollectorEvidence, before: Step | None, neighbours: int, people: int
) -> list[Reason]:
    """Why this record is doubted, by itself and beside what was there before it."""
    now, found = step_of(event, taken), []
    if taken.duration_ms is not None and is_hasty(event.kind, taken.duration_ms):
        found.append(Reason("too-fast", f"Entered in {taken.duration_ms / 1000:.0f} s."))
    if before and now and is_overlap(before, now):
        found.append(Reason("overlapping", "Began while another person was asked."))
    if before and now and is_jump(before, now):
        km = distance_km(before.area or "", now.area or "")
        found.append(Reason("impossible-travel", f"{km:.0f} km from the record before."))
    if neighbours >= NEIGHBOURS:
        found.append(
            Reason("sequential-number", f"{neighbours} people of the collector in one block of 100 numbers.")
        )
    if taken.number_template:
        found.append(Reason("template-number", "The phone's digits follow a pattern."))
    if people > PEOPLE_A_NUMBER:
        found.append(Reason("shared-number", f"The number was given to {people} people."))
    if is_mute(taken, len(answered(event.payload))):
        found.append(Reason("short-audio", f"{(taken.audio_ms or 0) / 1000:.0f} s of sound."))
    return found
