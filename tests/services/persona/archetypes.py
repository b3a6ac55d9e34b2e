"""Invented customers of four planted kinds, as events: what a run must find again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from kernel.contracts.records import RecordAccepted
from kernel.ids import new_id

END = datetime(2026, 11, 1, tzinfo=UTC)


class Kind(NamedTuple):
    """A planted kind of customer."""

    orders: int
    price: int
    discounted: float
    hours: tuple[int, int]
    """Vietnam time."""
    categories: tuple[str, ...]
    payment: str
    visits: int
    gap_days: float


KINDS = (
    Kind(20, 120_000, 0.1, (9, 16), ("rau củ", "sữa"), "cash", 5, 3),
    Kind(4, 2_500_000, 0.0, (19, 22), ("điện tử",), "card", 25, 20),
    Kind(8, 300_000, 0.9, (11, 13), ("thời trang", "mỹ phẩm"), "wallet", 60, 8),
    Kind(2, 200_000, 0.3, (8, 21), ("sách",), "cod", 2, 120),
)


class Customers(NamedTuple):
    """Events of invented people, and which kind each person is of."""

    events: list[RecordAccepted]
    kind_of: dict[str, int]


def customers(count: int, *, seed: int = 1, end: datetime = END) -> Customers:
    """`count` people, the kinds in turn; their last year ends at `end`."""
    random = Random(seed)  # noqa: S311 - invented data
    kind_of = {new_id(): number % len(KINDS) for number in range(count)}
    events = [event for person, kind in kind_of.items() for event in _life(random, person, KINDS[kind], end)]
    return Customers(events, kind_of)


def record(
    subject: str | None, kind: str, payload: dict[str, Any] | None = None, *, at: datetime = END, **more: Any
) -> RecordAccepted:
    """An accepted record of an invented person."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "version": 1,
        "occurred_at": at,
        "recorded_at": at,
        "record_id": new_id(),
        "source": "default",
        "channel": "web",
        **more,
    }
    return RecordAccepted(subject=subject, kind=kind, payload=payload or {}, **fields)


def _life(random: Random, person: str, kind: Kind, end: datetime) -> Iterator[RecordAccepted]:
    def when(days: float) -> datetime:
        day = end - timedelta(days=days + 1)
        return day.replace(hour=(random.randint(*kind.hours) - 7) % 24, minute=random.randrange(60))

    traits = {"gender": random.choice(("female", "male")), "birth_year": random.randint(1960, 2005)}
    yield record(person, "profile", at=end, traits={**traits, "province": random.choice(("Hà Nội", "Huế"))})
    first = kind.gap_days * random.uniform(0.5, 1.5)
    for number in range(max(1, round(random.gauss(kind.orders, kind.orders / 4)))):
        days = first + number * kind.gap_days * random.uniform(0.7, 1.0)
        yield record(person, "transaction", _order(random, kind), at=when(days), channel="transaction")
    for _ in range(round(kind.visits * random.uniform(0.7, 1.3))):
        yield record(person, "interaction", {"name": "page_view"}, at=when(random.uniform(first, first + 60)))
    if random.random() < 0.4:
        said = {
            "text": f"Giao hàng nhanh, tôi hài lòng lần {random.randrange(10**6)}.",
            "rating": random.randint(3, 5),
        }
        yield record(person, "feedback", said, at=when(first))


def _order(random: Random, kind: Kind) -> dict[str, Any]:
    total = round(kind.price * random.lognormvariate(0, 0.3))
    items = [
        {
            "sku": f"{kind.payment}-{random.randint(1, 40)}",
            "category": random.choice(kind.categories),
            "quantity": 1,
            "unit_price": total // 2,
        }
        for _ in range(2)
    ]
    return {
        "order_id": new_id(),
        "items": items,
        "total": total,
        "currency": "VND",
        "discount": total // 10 if random.random() < kind.discounted else 0,
        "payment_method": kind.payment,
    }
