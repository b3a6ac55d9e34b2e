"""What goes wrong in every real delivery: invalid records, the same sent twice, one person with two cards."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from deploy.demo.customers import Customer
from deploy.demo.people import phone_of, plain
from deploy.demo.scene import Record, Scene, consent_block, identifiers_of, write_record

REPEATED, CHANGED, TWINS = 25, 3, 8
"""Records sent twice; sent again with other content; customers who took out a second card."""


def spoil(scene: Scene, customers: list[Customer]) -> Iterator[Record]:
    """Records with one thing wrong each: a bad id, kind, time, number, address of nobody, consent or amount."""
    rng = scene.rng("spoil")
    wrongs: list[dict[str, Any]] = [
        {"id": "đơn-số-7"},
        {"kind": "purchase"},
        {"occurred_at": "32/13/2025 25:61"},
        {"occurred_at": (scene.now + timedelta(days=90)).isoformat()},
        {"subject": {"identifiers": {"phone": "0123"}}},
        {"subject": {"identifiers": {}}},
        {"subject": {"identifiers": {"email": "khong-phai-email"}}},
        {"payload": {"order_id": "MH-X", "items": [], "total": "một trăm nghìn", "currency": "VND"}},
        {"payload": "đã mua"},
        {"channel": "bồ câu"},
    ]
    for n, wrong in enumerate(wrongs):
        customer = rng.choice(customers)
        payload = {
            "order_id": f"MH-SPOILT-{n}",
            "items": [],
            "total": 50_000,
            "currency": "VND",
            "discount": 0,
        }
        record = write_record(
            scene,
            f"spoilt:{n}",
            kind="transaction",
            channel="transaction",
            at=scene.now - timedelta(days=rng.uniform(1, 200)),
            subject={"identifiers": identifiers_of(rng, customer, "crm")},
            payload=payload,
        )
        yield {**record, **wrong}


def repeat(scene: Scene, written: list[Record]) -> Iterator[Record]:
    """REPEATED records exactly as before (duplicates) and CHANGED orders with another amount (conflicts)."""
    rng = scene.rng("repeat")
    yield from rng.sample(written, min(REPEATED, len(written)))
    orders = [record for record in written if record["kind"] == "transaction"]
    for record in rng.sample(orders, min(CHANGED, len(orders))):
        yield {**record, "payload": {**record["payload"], "total": record["payload"]["total"] + 1000}}


def twin(scene: Scene, customers: list[Customer]) -> Iterator[Record]:
    """Second cards of TWINS customers: another phone, the name without diacritics: for the identity suggestions."""
    rng = scene.rng("twin")
    willing = [customer for customer in customers if "analytics" in customer.purposes]
    for customer in rng.sample(willing, min(TWINS, len(willing))):
        person = customer.person
        attributes = {key: person[key] for key in ("date_of_birth", "gender", "address")}
        identifiers = {
            "phone": phone_of(scene.seed * 10_000 + 9_000 + customer.index % 400),
            "external_id": f"pos:THE{customer.index:06d}",
        }
        record = write_record(
            scene,
            f"twin:{customer.index}",
            kind="profile",
            channel="transaction",
            at=customer.joined + (customer.left - customer.joined) / 2,
            subject={
                "identifiers": identifiers,
                "attributes": {**attributes, "full_name": plain(person["full_name"])},
            },
            payload={},
        )
        yield {**record, "consent": consent_block(customer, "form")}
