"""The company's customers: who they are, which planted kind, what they agreed to and how long they stay."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from deploy.demo.chance import seeded
from deploy.demo.people import invent_person
from deploy.demo.sheets import sheet

SEED = 7
"""The seed of the shipped demo."""

YEAR = timedelta(days=365)
ARCHETYPES = ("saver", "connoisseur", "homemaker", "busy", "drifter")
AGREEMENTS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (34, ("service", "analytics", "profiling", "marketing")),
    (20, ("service", "analytics", "profiling", "marketing", "verification")),
    (25, ("service", "analytics", "profiling")),
    (4, ("service", "analytics", "profiling", "research")),
    (5, ("service", "analytics")),
    (9, ("service",)),
    (3, ()),
)
"""Weights of what customers agree to; those of the last line to nothing."""


@dataclass(frozen=True)
class Customer:
    """One customer; `purposes` is empty for who agreed to nothing, `left` is when visits stop (or `now`)."""

    index: int
    person: dict[str, Any]
    archetype: str
    purposes: tuple[str, ...]
    joined: datetime
    left: datetime
    eagerness: float
    """Multiplies the kind's rates: people of one kind are not copies."""

    @property
    def external_id(self) -> str:
        return f"crm:KH{self.index:06d}"

    @property
    def kind(self) -> dict[str, Any]:
        """The row of `archetypes.toml`."""
        row: dict[str, Any] = sheet("archetypes")[self.archetype]
        return row


@cache
def kind_weights() -> tuple[int, ...]:
    """Weights of ARCHETYPES, in order."""
    return tuple(sheet("archetypes")[name]["weight"] for name in ARCHETYPES)


def archetype_of(index: int, *, seed: int = SEED) -> str:
    """The planted kind of customer `index` under `seed`: one of ARCHETYPES, the same whatever else is asked for."""
    return seeded(f"{seed}:kind:{index}").choices(ARCHETYPES, weights=kind_weights())[0]


def agreement_of(index: int, *, seed: int = SEED) -> tuple[str, ...]:
    """The purposes that customer `index` agreed to; empty for nothing."""
    weights = [weight for weight, _ in AGREEMENTS]
    return seeded(f"{seed}:agreement:{index}").choices([what for _, what in AGREEMENTS], weights=weights)[0]


def _stay(rng: Random, kind: dict[str, Any], now: datetime) -> tuple[datetime, datetime]:
    """When the customer joined and left. Two of three were there when the year began; leavers go early."""
    start = now - YEAR
    joined = start + timedelta(days=rng.uniform(1, 20) if rng.random() < 0.65 else rng.uniform(20, 300))
    joined = joined.replace(hour=rng.randint(7, 21))
    if rng.random() >= kind["churn"]:
        return joined, now
    return joined, min(now, joined + timedelta(days=rng.uniform(20, 110)))


def invent_customer(index: int, *, seed: int, now: datetime) -> Customer:
    """Customer `index`, the same whatever the number of customers."""
    rng = seeded(f"{seed}:customer:{index}")
    archetype = archetype_of(index, seed=seed)
    joined, left = _stay(rng, sheet("archetypes")[archetype], now)
    return Customer(
        index=index,
        person=invent_person(rng, serial=seed * 10_000 + index),
        archetype=archetype,
        purposes=agreement_of(index, seed=seed),
        joined=joined,
        left=left,
        eagerness=min(max(rng.gammavariate(6, 1 / 6), 0.3), 2.5),
    )


def invent_customers(count: int, *, seed: int, now: datetime) -> Iterator[Customer]:
    """Customers 0 .. count - 1."""
    return (invent_customer(index, seed=seed, now=now) for index in range(count))
