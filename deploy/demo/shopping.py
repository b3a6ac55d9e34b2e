"""What customers do: join, buy, browse, come to events and bring friends."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from deploy.demo.customers import ARCHETYPES, Customer
from deploy.demo.fieldwork import collected
from deploy.demo.people import phone_of, write_phone
from deploy.demo.scene import Record, Scene, at_hour, consent_block, identifiers_of, write_record
from deploy.demo.sheets import sheet

MONTH_DAYS = 30.4
EVENTS = ("Lớp pha phin sáng thứ Bảy", "Ngày hội mây tre", "Thử hạt mới tháng này", "Workshop bếp xanh")
TRAITS = ("full_name", "date_of_birth", "gender", "occupation", "address")
STRAY = 0.12
"""Chance that one visit follows another kind's habits: people are not their archetype."""


def _pick(rng: Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def habits(rng: Random, customer: Customer) -> dict[str, Any]:
    """The kind's habits, or now and then (STRAY) those of any kind."""
    if rng.random() >= STRAY:
        return customer.kind
    row: dict[str, Any] = sheet("archetypes")[rng.choice(ARCHETYPES)]
    return row


def visits(rng: Random, customer: Customer, per_month: float) -> Iterator[datetime]:
    """Moments between joining and leaving, at exponential gaps of the rate times the customer's eagerness."""
    day = customer.joined
    while True:
        day += timedelta(days=rng.expovariate(per_month * customer.eagerness / MONTH_DAYS))
        if day >= customer.left:
            return
        yield day


def join_company(scene: Scene, customer: Customer) -> Record:
    """The profile with which a customer enters, and the consent given on that occasion (if any)."""
    rng, person = scene.rng(f"join:{customer.index}"), customer.person
    identifiers = {
        "phone": write_phone(rng, person["phone"]),
        "email": person["email"],
        "external_id": customer.external_id,
    }
    if rng.random() < 0.3:
        identifiers["national_id"] = person["national_id"]
    traits = {key: person[key] for key in TRAITS if key in ("full_name", "address") or rng.random() < 0.92}
    channel = rng.choices(("web", "app", "form", "crm"), weights=(35, 25, 25, 15))[0]
    subject = {"identifiers": identifiers, "attributes": traits}
    record = write_record(
        scene,
        f"profile:{customer.index}",
        kind="profile",
        channel=channel,
        at=customer.joined,
        subject=subject,
        payload={},
    )
    if customer.purposes:
        method = {"web": "website", "app": "app"}.get(channel, "form")
        record["consent"] = consent_block(customer, method)
    return collected(scene, rng, record, person) if channel == "form" else record


def _basket(rng: Random, kind: dict[str, Any]) -> list[dict[str, Any]]:
    size = max(1, min(9, round(rng.gauss(kind["basket"], 0.35 * kind["basket"]))))
    items = []
    for _ in range(size):
        category = _pick(rng, kind["categories"])
        sku, name, price = rng.choice(sheet("products")["categories"][category])
        quantity = rng.choices((1, 2, 3), weights=(80, 15, 5))[0]
        items.append(
            {"sku": sku, "name": name, "category": category, "quantity": quantity, "unit_price": price}
        )
    return items


def _order(rng: Random, kind: dict[str, Any], number: str) -> dict[str, Any]:
    items = _basket(rng, kind)
    full = sum(item["quantity"] * item["unit_price"] for item in items)
    share = rng.uniform(0.1, 0.35) if rng.random() < kind["discount"] else 0.0
    discount = round(full * share / 1000) * 1000
    return {
        "order_id": number,
        "items": items,
        "total": full - discount,
        "currency": "VND",
        "discount": discount,
        "payment_method": rng.choice(kind["ways"]),
        "returned": rng.random() < kind["returns"],
    }


def buy(scene: Scene, customer: Customer) -> Iterator[Record]:
    """The customer's orders. Who agreed to nothing buys under contract now and then, which needs no consent."""
    rng = scene.rng(f"buy:{customer.index}")
    for n, day in enumerate(visits(rng, customer, customer.kind["orders"])):
        kind = habits(rng, customer)
        at, channel = at_hour(rng, day, kind["hours"], kind["weekend"]), _pick(rng, kind["channels"])
        number = f"MH{customer.index:05d}-{n:03d}"
        record = write_record(
            scene,
            f"order:{customer.index}:{n}",
            kind="transaction",
            channel=channel,
            at=at,
            subject={"identifiers": identifiers_of(rng, customer, channel)},
            payload=_order(rng, kind, number),
        )
        if not customer.purposes and rng.random() < 0.4:
            record["basis"] = {"kind": "contract", "proof": f"order:{number}"}
        yield record


def browse(scene: Scene, customer: Customer) -> Iterator[Record]:
    """Clicks, searches and app visits, named as Segment's e-commerce events are."""
    rng = scene.rng(f"browse:{customer.index}")
    for n, day in enumerate(visits(rng, customer, customer.kind["browsing"])):
        kind = habits(rng, customer)
        at, channel = at_hour(rng, day, kind["hours"], kind["weekend"]), _online(rng, kind)
        category = _pick(rng, kind["categories"])
        sku = rng.choice(sheet("products")["categories"][category])[0]
        yield write_record(
            scene,
            f"browse:{customer.index}:{n}",
            kind="interaction",
            channel=channel,
            at=at,
            subject={"identifiers": identifiers_of(rng, customer, channel)},
            payload={"name": _pick(rng, kind["events"]), "properties": {"category": category, "sku": sku}},
        )


def _online(rng: Random, kind: dict[str, Any]) -> str:
    return "app" if rng.random() < kind["channels"]["app"] / 100 else "web"


def attend(scene: Scene, customer: Customer) -> Iterator[Record]:
    """Up to two events in a shop."""
    rng = scene.rng(f"attend:{customer.index}")
    for n in range(2):
        if rng.random() >= customer.kind["attendance"]:
            continue
        day = customer.joined + (customer.left - customer.joined) * rng.random()
        yield write_record(
            scene,
            f"attend:{customer.index}:{n}",
            kind="attendance",
            channel="event",
            at=at_hour(rng, day, [9, 10, 15], 0.9),
            subject={"identifiers": {"phone": write_phone(rng, customer.person["phone"])}},
            payload={"event_name": rng.choice(EVENTS)},
        )


def refer(scene: Scene, customer: Customer, population: int) -> Iterator[Record]:
    """Friends brought along: another customer, or somebody not yet known."""
    rng = scene.rng(f"refer:{customer.index}")
    for n in range(3):
        if rng.random() >= customer.kind["referral"] * 0.6:
            continue
        day = customer.joined + (customer.left - customer.joined) * rng.random()
        friend = rng.randrange(population) if rng.random() < 0.6 else 5_000 + rng.randrange(4_000)
        yield write_record(
            scene,
            f"refer:{customer.index}:{n}",
            kind="referral",
            channel="referral",
            at=at_hour(rng, day, customer.kind["hours"], 0.3),
            subject={"identifiers": {"external_id": customer.external_id}},
            payload={
                "referred_identifiers": {"phone": write_phone(rng, phone_of(scene.seed * 10_000 + friend))}
            },
        )
