"""Mây Hiên, an invented chain of household-goods and coffee shops: a year of its records and of what people say."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from deploy.demo.chance import seeded
from deploy.demo.customers import ARCHETYPES, SEED, Customer, agreement_of, archetype_of, invent_customers
from deploy.demo.fieldwork import forge
from deploy.demo.flaws import repeat, spoil, twin
from deploy.demo.mentions import mentions
from deploy.demo.scene import Record, Scene, set_scene
from deploy.demo.shopping import attend, browse, buy, join_company, refer
from deploy.demo.voices import answer, note_market, react, talk

__all__ = ["ARCHETYPES", "SEED", "agreement_of", "archetype_of", "mentions", "records", "withdrawals"]

MOST = 5_000
"""Customers at most: phone numbers from here on belong to strangers (see `refer`, `twin`, `forge`)."""


def _life(scene: Scene, customer: Customer, population: int) -> Iterator[Record]:
    yield from buy(scene, customer)
    yield from browse(scene, customer)
    yield from answer(scene, customer)
    yield from react(scene, customer)
    yield from talk(scene, customer)
    yield from attend(scene, customer)
    yield from refer(scene, customer, population)


def _timely(scene: Scene, customer: Customer, population: int) -> Iterator[Record]:
    """The customer's life between joining and now: shifting to a weekend or an hour may have led out of it."""
    first, last = customer.joined.isoformat(timespec="seconds"), scene.now.isoformat(timespec="seconds")
    return (record for record in _life(scene, customer, population) if first <= record["occurred_at"] <= last)


def records(
    *, seed: int = SEED, customers: int = 600, now: datetime, source: str = "default"
) -> Iterator[Record]:
    """The company's records of the 12 months up to `now`, about 9,000 for 600 customers, as bodies of the public API.

    First in order of time, a customer's profile (with the consent) before all else of theirs; then the flaws: invalid
    records, duplicates, conflicts. Nothing lies after `now`, save one spoilt record. Same arguments: same records,
    byte for byte; another `now` or source gives other record ids, so two demos never collide. ValueError if `now` has
    no offset or there are more than MOST customers.
    """
    if customers > MOST:
        raise ValueError(f"at most {MOST} customers")
    scene = set_scene(seed, now, source)
    people = list(invent_customers(customers, seed=seed, now=scene.now))
    written = [join_company(scene, customer) for customer in people]
    written += chain.from_iterable(_timely(scene, customer, customers) for customer in people)
    written += chain(twin(scene, people), forge(scene), note_market(scene))
    written.sort(key=lambda record: str(record["occurred_at"]))  # stable, and all in one offset
    yield from written
    yield from spoil(scene, people)
    yield from repeat(scene, written)


def withdrawals(*, seed: int = SEED, customers: int = 600) -> Iterator[dict[str, Any]]:
    """Bodies of `POST /v1/consents/withdraw`, one in twenty-five of those who agreed to profiling or marketing.

    A third take everything back, a third marketing alone, a third profiling and marketing.
    """
    ways: tuple[list[str] | None, ...] = (None, ["marketing"], ["profiling", "marketing"])
    turn = 0
    for index in range(customers):
        agreed = agreement_of(index, seed=seed)
        if "marketing" not in agreed or seeded(f"{seed}:withdraw:{index}").random() >= 1 / 25:
            continue
        body: dict[str, Any] = {"identifiers": {"external_id": f"crm:KH{index:06d}"}}
        purposes = ways[turn % len(ways)]
        turn += 1
        yield body if purposes is None else {**body, "purposes": purposes}
