"""Events of other services, as tests make them and put them into a log."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from kernel.contracts.consents import ConsentChanged, ConsentHeartbeat, PurposeState
from kernel.contracts.event import Event, stamp
from kernel.contracts.topics import PARTITIONS, partition_of, topic_of
from kernel.ids import new_id
from kernel.log.port import Entry, Log

KEYS = {partition_of(str(n).encode()): str(n).encode() for n in range(1000)}
"""A key for each partition."""


def envelope(subject: str | None = None, at: datetime | None = None) -> dict[str, Any]:
    """The fields that every event has; `at` is now unless given."""
    moment = at or datetime.now(UTC)
    return {"id": new_id(), "version": 1, "subject": subject, "occurred_at": moment, "recorded_at": moment}


def consent_state(
    subject: str,
    ledger_version: int,
    *,
    at: datetime | None = None,
    restricted: bool = False,
    **purposes: Any,
) -> ConsentChanged:
    """A person's whole consent state: a PurposeState by purpose."""
    return ConsentChanged(
        **envelope(subject, at), ledger_version=ledger_version, purposes=purposes, restricted=restricted
    )


def decided(granted: datetime | None, withdrawn: datetime | None = None) -> PurposeState:
    """When a purpose was granted and withdrawn."""
    return PurposeState(granted_at=granted, withdrawn_at=withdrawn)


def beats(at: datetime | None = None) -> list[ConsentHeartbeat]:
    """A heartbeat of the consent ledger for each partition."""
    return [ConsentHeartbeat(**envelope(None, at), partition=number) for number in range(PARTITIONS)]


@dataclass(slots=True)
class Feed:
    """Puts events into the log as another service's relay would: stamped, in order."""

    log: Log
    producer: str = "test"
    _sequence: int = 0

    async def send(self, *events: Event) -> None:
        """Append events to their topics; heartbeats to their partitions."""
        await self.log.append([self.entry(event) for event in events])

    async def beat(self, at: datetime | None = None) -> None:
        """A heartbeat of the consent ledger in each partition, now unless `at` is given."""
        await self.send(*beats(at))

    def entry(self, event: Event) -> Entry:
        """The event with the next number of its sequence."""
        self._sequence += 1
        value = stamp(msgspec.json.encode(event), self.producer, "epoch", self._sequence)
        key = KEYS[event.partition] if isinstance(event, ConsentHeartbeat) else event.key
        return Entry(topic_of(type(event)), key, value)
