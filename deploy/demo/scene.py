"""What all generators share: the seed, the moment it is, ids that depend on nothing else, and the outline of a record."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any
from uuid import UUID, uuid5

from deploy.demo.chance import seeded
from deploy.demo.customers import Customer
from deploy.demo.people import write_phone

NAMESPACE = UUID("6f1c7f0e-3c57-5d0b-9d5e-0a3d5b1f7a10")
HANOI = timezone(timedelta(hours=7))
Record = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """A demo's world: everything generated follows from these two."""

    seed: int
    now: datetime
    space: UUID
    source: str

    def id_of(self, name: str) -> str:
        """The id of what is called `name`: a UUID (version 5), the same in every generation of this scene."""
        return str(uuid5(self.space, name))

    def rng(self, name: str) -> Random:
        """A generator of its own for what is called `name`, so that parts do not disturb one another."""
        return seeded(f"{self.seed}:{name}")


def set_scene(seed: int, now: datetime, source: str = "default") -> Scene:
    """The scene of `seed` at `now` (with an offset: ValueError otherwise). Another `now` gives other ids."""
    if now.utcoffset() is None:
        raise ValueError("now needs an offset")
    here = now.astimezone(HANOI)
    return Scene(seed, here, uuid5(NAMESPACE, f"{seed}|{here.isoformat()}|{source}"), source)


def at_hour(rng: Random, day: datetime, hours: list[int], weekend: float) -> datetime:
    """A moment of about that day, at one of the hours; with chance `weekend` moved on to Saturday or Sunday."""
    if day.weekday() < 5 and rng.random() < weekend:
        day += timedelta(days=rng.choice((5, 6)) - day.weekday())
    return day.replace(
        hour=rng.choice(hours), minute=rng.randint(0, 59), second=rng.randint(0, 59), microsecond=0
    )


def identifiers_of(rng: Random, customer: Customer, channel: str) -> dict[str, Any]:
    """How a channel knows the customer: the till by phone, the web by mail and cookie, the app by account and device."""
    if channel == "web":
        return {"email": customer.person["email"], "cookie_id": f"ck-{customer.index:05d}"}
    if channel == "app":
        return {"external_id": customer.external_id, "device_id": f"dev-{customer.index:05d}"}
    if channel == "transaction" and rng.random() < 0.7:
        return {"phone": write_phone(rng, customer.person["phone"])}
    return {"external_id": customer.external_id}


def write_record(
    scene: Scene,
    name: str,
    *,
    kind: str,
    channel: str,
    at: datetime,
    subject: dict[str, Any] | None,
    payload: Record,
) -> Record:
    """A record of the public contract's outline; `name` decides its id. `subject` None: about nobody."""
    record: Record = {
        "id": scene.id_of(name),
        "source": scene.source,
        "channel": channel,
        "kind": kind,
        "occurred_at": at.isoformat(timespec="seconds"),
        "payload": payload,
    }
    return record if subject is None else {**record, "subject": subject}


def consent_block(customer: Customer, method: str) -> dict[str, Any]:
    """The customer's act of consent, given on joining under notice `core`, version 1."""
    return {
        "notice": "core",
        "version": 1,
        "purposes": list(customer.purposes),
        "method": method,
        "captured_at": customer.joined.isoformat(timespec="seconds"),
        "proof": f"{method}:{customer.external_id}:{customer.joined:%Y%m%d}",
    }
