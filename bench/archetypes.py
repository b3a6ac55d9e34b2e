"""Invented customers of five planted kinds who buy, answer a survey and speak: what a study must find again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from kernel.contracts.event import Event
from kernel.contracts.mentions import MentionAnalyzed
from kernel.contracts.records import RecordAccepted
from kernel.ids import new_id

END = datetime(2026, 11, 1, tzinfo=UTC)


class Kind(NamedTuple):
    """A planted kind: how often and how much they buy, what they answer (1 to 5) and how they speak."""

    orders: float
    price: int
    discounted: float
    visits: float
    gap_days: float
    quality: float
    price_matters: float
    happy: float


KINDS = (
    Kind(24, 150_000, 0.1, 10, 6, 3.2, 4.0, 0.8),
    Kind(5, 2_600_000, 0.0, 30, 25, 4.8, 1.6, 0.9),
    Kind(10, 320_000, 0.9, 60, 12, 2.6, 4.8, 0.5),
    Kind(2, 220_000, 0.2, 3, 90, 3.0, 3.0, 0.3),
    Kind(14, 600_000, 0.4, 4, 15, 4.2, 2.6, 0.1),
)


class Planted(NamedTuple):
    """Events of invented people, which kind each is of, and the year they are about."""

    events: list[Event]
    kind_of: dict[str, int]
    start: datetime
    end: datetime


def planted(count: int, *, seed: int = 1) -> Planted:
    """`count` people, the kinds in turn."""
    random = Random(seed)
    kind_of = {new_id(): number % len(KINDS) for number in range(count)}
    events = [event for person, kind in kind_of.items() for event in _life(random, person, KINDS[kind])]
    return Planted(events, kind_of, END - timedelta(days=365), END)


def _life(random: Random, person: str, kind: Kind) -> Iterator[Event]:
    first = kind.gap_days * random.uniform(0.3, 1.5)
    for number in range(max(1, round(random.gauss(kind.orders, kind.orders / 4)))):
        total = round(kind.price * random.lognormvariate(0, 0.3))
        discount = total // 10 if random.random() < kind.discounted else 0
        payload = {"order_id": new_id(), "items": [], "total": total, "currency": "VND", "discount": discount}
        days = min(350.0, first + number * kind.gap_days * random.uniform(0.7, 1.1))
        yield _record(person, "transaction", payload, days)
    for _ in range(round(kind.visits * random.uniform(0.7, 1.3))):
        yield _record(person, "interaction", {"name": "page_view"}, first + random.uniform(0, 60))
    answers = {"quality": kind.quality, "price_matters": kind.price_matters}
    given = {question: min(5, max(1, round(random.gauss(mean, 0.6)))) for question, mean in answers.items()}
    yield _record(person, "survey", {"form": "yearly", "answers": given}, first)
    for _ in range(3):
        yield _mention(random, person, random.random() < kind.happy, first + random.uniform(0, 90))


def _record(person: str, kind: str, payload: dict[str, Any], days: float) -> RecordAccepted:
    at = END - timedelta(days=days)
    return RecordAccepted(
        id=new_id(), version=1, subject=person, occurred_at=at, recorded_at=at, record_id=new_id(),
        source="default", channel="web", kind=kind, payload=payload,
    )  # fmt: skip


def _mention(random: Random, person: str, happy: bool, days: float) -> MentionAnalyzed:
    at = END - timedelta(days=days)
    return MentionAnalyzed(
        id=new_id(), version=1, subject=person, occurred_at=at, recorded_at=at, mention_id=new_id(),
        mention_version=1, platform="survey", author=None, text=f"Lời nhận xét số {random.randrange(10**6)}.",
        lang="vi", sentiment="positive" if happy else "negative", score=0.9, abstained=False,
        emotion="joy" if happy else "anger",
    )  # fmt: skip
