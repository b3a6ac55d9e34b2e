"""Invented field staff, honest and cheating in the ways that are known, from a seed: records as ingest tells them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from kernel.contracts.records import CollectorEvidence, RecordAccepted
from tests.services.verify.running import NOON

TOWNS = ("10.8,106.7", "21.0,105.8", "16.1,108.2", "10.0,105.8", "20.9,106.7", "12.2,109.2")
QUESTIONS = ("price", "quality", "service", "speed", "trust", "nps")


class Made(NamedTuple):
    """A record as it is taken down, before it becomes an event."""

    started_at: datetime
    seconds: float
    town: str
    device: str
    subject: str
    number: str
    block: str
    template: bool
    audio_s: float
    answers: dict[str, int]


Cheat = Callable[[Random, Made, int], Made]


def invented(dice: Random) -> str:
    """A UUID that the seed decides."""
    return str(UUID(int=dice.getrandbits(128), version=4))


def honest(dice: Random, staff: str, n: int, at: datetime) -> Made:
    """One person asked, with the small sins of honest work: a lucky number, a quick correction, a borrowed tablet."""
    seconds = 9.0 if dice.random() < 0.02 else min(max(dice.lognormvariate(5.0, 0.4), 40), 600)
    near = TOWNS[int(staff[-3:]) % len(TOWNS)].split(",")
    town = f"{float(near[0]) + dice.choice((0, 0.1)):.1f},{float(near[1]) + dice.choice((0, 0.1)):.1f}"
    subject = invented(dice)
    return Made(
        at,
        seconds,
        town,
        f"tablet-{int(staff[-3:]) // 2}",
        subject,
        number=invented(dice),
        block=f"block-{dice.randrange(10**6)}",
        template=dice.random() < 0.01,
        audio_s=seconds * dice.uniform(0.8, 1.0),
        answers={one: dice.randint(1, 5) for one in QUESTIONS},
    )


def hasty(dice: Random, made: Made, n: int) -> Made:
    """Fills the form in by himself."""
    seconds = dice.uniform(3, 12)
    return made._replace(seconds=seconds, audio_s=seconds)


def in_a_row(dice: Random, made: Made, n: int) -> Made:
    """Counts phone numbers upwards."""
    return made._replace(block=f"row-{made.device}-{n // 20}")


def own_number(dice: Random, made: Made, n: int) -> Made:
    """Gives one number for all."""
    return made._replace(number=f"own-{made.device}")


def same_answers(dice: Random, made: Made, n: int) -> Made:
    """Ticks the same boxes."""
    return made._replace(answers=dict.fromkeys(QUESTIONS, 5))


def teleporting(dice: Random, made: Made, n: int) -> Made:
    """Says to be where the sample wants it."""
    return made._replace(town=TOWNS[n % len(TOWNS)], started_at=made.started_at)


def mute(dice: Random, made: Made, n: int) -> Made:
    """Records a second of silence."""
    return made._replace(audio_s=dice.uniform(0.5, 3))


def typed_patterns(dice: Random, made: Made, n: int) -> Made:
    """Types 0912345678 and its like."""
    return made._replace(template=True)


def many_names(dice: Random, made: Made, n: int) -> Made:
    """One person under many names, on one tablet."""
    return made._replace(device="farm")


CHEATS: tuple[Cheat, ...] = (
    hasty,
    in_a_row,
    own_number,
    same_answers,
    teleporting,
    mute,
    typed_patterns,
    many_names,
)


def event_of(staff: str, made: Made, dice: Random) -> RecordAccepted:
    """The event of a survey as ingest publishes it."""
    at = made.started_at
    taken = CollectorEvidence(
        staff,
        made.device,
        at,
        int(made.seconds * 1000),
        made.town,
        int(made.audio_s * 1000),
        made.block,
        made.template,
    )
    fields: dict[str, Any] = {"id": invented(dice), "version": 1, "recorded_at": at, "occurred_at": at}
    return RecordAccepted(
        **fields,
        subject=made.subject,
        record_id=invented(dice),
        source="field",
        channel="survey",
        kind="survey",
        payload={"form": "f1", "answers": made.answers},
        indexes={"phone": (made.number,)},
        collector=taken,
    )


class Season(NamedTuple):
    """A season of field work: events in the order of their times, who cheats, and which records are false."""

    events: list[RecordAccepted]
    cheaters: set[str]
    false_records: set[str]


def season(
    seed: int, honest_staff: int = 120, cheaters: int = 48, records: int = 50, share: float = 0.7
) -> Season:
    """Each collector hands in `records`; a cheater invents `share` of them in one of the known ways."""
    dice = Random(seed)  # noqa: S311  # a simulation, not a secret
    events, cheating, false = [], set(), set()
    for place in range(honest_staff + cheaters):
        staff = f"staff-{place:03d}"
        cheat = CHEATS[(place - honest_staff) % len(CHEATS)] if place >= honest_staff else None
        if cheat:
            cheating.add(staff)
        for n, made in enumerate(_days(dice, staff, records)):
            lies = cheat is not None and dice.random() < share
            event = event_of(staff, cheat(dice, made, n) if cheat and lies else made, dice)
            events.append(event)
            if lies:
                false.add(event.record_id)
    events += _back_checks(dice, events, false)
    events.sort(key=lambda event: event.occurred_at)
    return Season(events, cheating, false)


def _days(dice: Random, staff: str, records: int) -> Iterator[Made]:
    at = NOON - timedelta(days=30, minutes=dice.randrange(300))
    for n in range(records):
        made = honest(dice, staff, n, at)
        yield made
        at += timedelta(seconds=made.seconds + dice.expovariate(1 / 600))
        if n % 10 == 9:
            at += timedelta(hours=18)


def _back_checks(dice: Random, events: list[RecordAccepted], false: set[str]) -> list[RecordAccepted]:
    """One in six people is called a week later from one of ten desks: who was asked mostly says the same."""
    found = []
    free = dict.fromkeys(range(10), NOON - timedelta(days=20))
    for event in sorted(events, key=lambda one: one.occurred_at):
        if dice.random() >= 1 / 6 or not event.subject or not event.collector:
            continue
        true, desk = event.record_id not in false, dice.randrange(10)
        answers = {
            one: value if true and dice.random() < 0.85 else dice.randint(1, 5)
            for one, value in event.payload["answers"].items()
        }
        at = max(free[desk], event.occurred_at + timedelta(days=7))
        made = honest(dice, f"desk-{desk:03d}", 0, at)
        number = event.indexes["phone"][0]
        made = made._replace(subject=event.subject, answers=answers, device=f"desk-{desk}", number=number)
        free[desk] = at + timedelta(seconds=made.seconds + 60)
        found.append(event_of(f"desk-{desk:03d}", made._replace(town=TOWNS[0]), dice))
    return found
