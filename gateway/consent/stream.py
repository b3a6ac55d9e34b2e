"""Topic handlers of the ledger, and the heartbeat that says how fresh everybody's view of it is."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent import repository, service
from gateway.consent.domain import Act, capped, micros
from gateway.tables import store
from kernel.contracts.consents import ConsentHeartbeat
from kernel.contracts.event import Event
from kernel.contracts.records import RecordAccepted
from kernel.contracts.subjects import SubjectErased, SubjectMerged, SubjectSplit
from kernel.contracts.topics import PARTITIONS, partition_of
from kernel.ids import new_id
from kernel.store.consumer import Handler
from kernel.store.engine import Database
from kernel.store.outbox import publish

HEARTBEAT_S = 1.0
"""Views that have not heard from the ledger for 5 s count as failed answers (DESIGN, law 2)."""

Told = Mapping[tuple[str, int], frozenset[str]]


def handlers() -> list[Handler]:
    """What the ledger reads, and why."""
    return [
        Handler("records.accepted", "legal", hear_records),
        Handler("subjects.changed", "legal", hear_subjects, sees_erased=True),
    ]


async def hear_records(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Consents that came along with records; what their notice does not tell of is no consent."""
    told = await repository.purposes_told(tx)
    acts = []
    for event in events:
        if isinstance(event, RecordAccepted) and event.subject is not None:
            acts += _acts_of(event, event.subject, told)
    if acts:
        await service.record_acts(tx, acts)


def _acts_of(event: RecordAccepted, subject: str, told: Told) -> list[Act]:
    recorded = micros(event.recorded_at)
    acts = []
    if event.basis:  # a contract or a legal duty opens the service itself, and nothing else
        at = capped(event.occurred_at, recorded)
        method = f"basis:{event.basis}"
        acts.append(
            Act(
                new_id(),
                subject,
                "given",
                ("service",),
                at,
                recorded,
                None,
                None,
                method,
                None,
                event.record_id,
            )
        )
    given = event.consent
    if given is not None:
        known = told.get((given.notice, given.version), frozenset())
        purposes = tuple(purpose for purpose in given.purposes if purpose in known)
        at, notice = capped(given.captured_at, recorded), (given.notice, given.version)
        if purposes:
            acts.append(
                Act(
                    new_id(), subject, "given", purposes, at, recorded,
                    *notice, given.method, given.proof, event.record_id,
                )
            )  # fmt: skip
    return acts


async def hear_subjects(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Merges and splits, to be applied when reading; erasures at once."""
    rows: list[tuple[str, str | None, str, int, datetime]] = []
    for event in events:
        if isinstance(event, SubjectMerged) and event.subject:
            rows.append((event.subject, event.into, event.merge_id, event.merge_version, event.occurred_at))
        elif isinstance(event, SubjectSplit) and event.subject:
            rows.append((event.subject, None, event.merge_id, event.merge_version, event.occurred_at))
        elif isinstance(event, SubjectErased):
            erased = {event.subject, *event.origins} - {None}
            await repository.forget(tx, sorted(filter(None, erased)), event.recorded_at)
    if rows:
        await repository.save_merges(tx, rows)


def beat(database: Database) -> Callable[[], Awaitable[None]]:
    """A job that sends a heartbeat to every partition each second, through the outbox: after every earlier change."""

    async def run() -> None:
        while True:
            async with database.transaction() as tx:
                await repository.enter(tx, alone=True)
                await publish(tx, store, heartbeats(datetime.now(UTC)))
            await asyncio.sleep(HEARTBEAT_S)

    return run


def heartbeats(now: datetime) -> list[ConsentHeartbeat]:
    """One heartbeat a partition. Their ids are the partitions' keys: compaction keeps the last of each."""
    return [
        ConsentHeartbeat(
            id=key,
            version=ConsentHeartbeat.VERSION,
            subject=None,
            occurred_at=now,
            recorded_at=now,
            partition=partition,
        )
        for partition, key in enumerate(partition_keys())
    ]


@cache
def partition_keys() -> tuple[str, ...]:
    """An id for each partition that leads there."""
    found: dict[int, str] = {}
    while len(found) < PARTITIONS:
        key = new_id()
        found.setdefault(partition_of(key.encode()), key)
    return tuple(found[partition] for partition in range(PARTITIONS))
