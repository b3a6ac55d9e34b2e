"""Topic handlers of the ledger, and the heartbeat that says how fresh everybody's view of it is."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import cache

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent import repository, service
from gateway.consent.domain import Act
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


def handlers() -> list[Handler]:
    """What the ledger reads, and why."""
    return [
        Handler("records.accepted", "legal", hear_records),
        Handler("subjects.changed", "legal", hear_subjects, sees_erased=True),
    ]


async def hear_records(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Consents that came along with records, as evidence of their own."""
    notices = await repository.purposes_by_notice(tx)
    acts: list[tuple[str, Act, service.Source]] = []
    for event in events:
        if not isinstance(event, RecordAccepted) or event.subject is None:
            continue
        if event.basis:  # a contract or a legal duty opens the service itself, and nothing else
            act = Act("basis", ("service",), event.occurred_at, method=f"basis:{event.basis}")
            acts.append((event.subject, act, (event.record_id, None)))
        given = event.consent
        if given is None:
            continue
        offered = notices.get((given.notice, given.version), frozenset())
        act = Act(
            "given",
            tuple(purpose for purpose in given.purposes if purpose in offered),
            given.captured_at,
            given.notice,
            given.version,
            given.method,
            given.proof,
        )
        acts.append((event.subject, act, (event.record_id, None)))
    if acts:
        await service.record_acts(tx, acts)


async def hear_subjects(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Merges and splits, to be applied when reading; erasures, to be applied at once."""
    rows: list[tuple[str, str | None, str, int, datetime]] = []
    for event in events:
        if isinstance(event, SubjectMerged) and event.subject:
            rows.append((event.subject, event.into, event.merge_id, event.merge_version, event.occurred_at))
        elif isinstance(event, SubjectSplit) and event.subject:
            rows.append((event.subject, None, event.merge_id, event.merge_version, event.occurred_at))
        elif isinstance(event, SubjectErased):
            await repository.erase(
                tx, sorted({*event.origins, event.subject or ""} - {""}), event.recorded_at
            )
    await repository.save_merges(tx, rows)


def beat(database: Database) -> Callable[[], Awaitable[None]]:
    """A job that sends a heartbeat to every partition each second, through the outbox: after every earlier change."""

    async def run() -> None:
        while True:
            async with database.transaction() as tx:
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
