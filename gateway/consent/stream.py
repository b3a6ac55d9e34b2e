"""Topic handlers of the ledger, and the heartbeat that says how fresh everybody's view of it is."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent import repository, service
from gateway.consent.domain import BASIS, Act, capped, micros
from gateway.consent.notices import Notices
from gateway.tables import store
from kernel.contracts.consents import ConsentHeartbeat
from kernel.contracts.event import Event
from kernel.contracts.records import RecordHead, RecordsWithdrawn, RemainingEvidence
from kernel.contracts.subjects import SubjectErased, SubjectMerged, SubjectSplit
from kernel.contracts.topics import PARTITIONS, partition_of
from kernel.ids import new_id
from kernel.store.consumer import Handler
from kernel.store.engine import Database
from kernel.store.erasures import Erasures
from kernel.store.outbox import publish

HEARTBEAT_S = 1.0
"""Views that have not heard from the ledger for 5 s count as failed answers (DESIGN, law 2)."""

Agreed = Mapping[tuple[str, int, tuple[str, ...]], tuple[str, ...]]
"""By notice, version and the purposes given: those of them that the notice speaks of."""


def handlers(erasures: Erasures, notices: Notices) -> list[Handler]:
    """What the ledger reads, and why."""
    return [
        Handler(
            "records.accepted",
            "legal",
            partial(hear_records, notices),
            reads=RecordHead | RecordsWithdrawn,
        ),
        Handler("subjects.changed", "legal", partial(hear_subjects, erasures), sees_erased=True),
    ]


async def hear_records(notices: Notices, tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Consents that came along with records, in the order of events where some are taken back."""
    records: list[RecordHead] = []
    for event in events:
        if isinstance(event, RecordHead):
            records.append(event)
        elif isinstance(event, RecordsWithdrawn) and event.subject is not None:
            await _hear_evidence(notices, tx, records)
            records = []
            await hear_withdrawal(notices, tx, event, event.subject)
    await _hear_evidence(notices, tx, records)


async def _hear_evidence(notices: Notices, tx: AsyncConnection, records: Sequence[RecordHead]) -> None:
    """What their notice does not tell of is no consent."""
    agreed = await _agreed(notices, tx, records)
    acts = []
    for event in records:
        if event.subject is not None:
            acts += _acts_of(event, event.subject, agreed, notices)
    if acts:
        await service.record_acts(tx, acts)


async def hear_withdrawal(
    notices: Notices, tx: AsyncConnection, event: RecordsWithdrawn, subject: str
) -> None:
    """Records were taken back: what they said of consent is void; what the others say stands as if alone.

    Of records whose time is over, or that turned out to be about somebody else, the consents stand.
    """
    if event.reason != "undo":
        return
    acts = []
    for left in event.evidence:
        acts += _acts_of(left, subject, await _agreed(notices, tx, [left]), notices)
    await service.void_acts(tx, subject, event.record_ids, acts)


async def _agreed(
    notices: Notices, tx: AsyncConnection, told: Sequence[RecordHead | RemainingEvidence]
) -> Agreed:
    """What of the consents that came along was asked for by their notices."""
    brought = {(given.notice, given.version, given.purposes) for one in told if (given := one.consent)}
    await notices.fresh(tx, {(notice, version) for notice, version, _ in brought})
    agreed = {}
    for notice, version, purposes in brought:
        offered = notices.purposes_of((notice, version))
        agreed[notice, version, purposes] = tuple(purpose for purpose in purposes if purpose in offered)
    return agreed


def _acts_of(
    event: RecordHead | RemainingEvidence, subject: str, agreed: Agreed, notices: Notices
) -> list[Act]:
    recorded = micros(event.recorded_at)
    acts = []
    if event.basis:  # a contract or a legal duty opens the service itself, and nothing else
        at, method = capped(event.occurred_at, recorded), f"{BASIS}{event.basis}"
        acts.append(
            Act(subject, "given", ("service",), at, recorded, method=method, record_id=event.record_id)
        )
    given = event.consent
    if given is not None and (purposes := agreed[given.notice, given.version, given.purposes]):
        at = capped(given.captured_at, recorded)
        expires_at = notices.expiry((given.notice, given.version), at)
        act = Act(
            subject, "given", purposes, at, recorded,
            given.notice, given.version, given.method, given.proof, event.record_id,
            expires_at=expires_at,
        )  # fmt: skip
        if expires_at is None or expires_at > recorded:
            acts.append(act)
    return acts


async def hear_subjects(erasures: Erasures, tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Merges and splits, to be applied when reading; erasures at once."""
    rows: list[tuple[str, str | None, str, int, datetime]] = []
    for event in events:
        if isinstance(event, SubjectMerged) and event.subject:
            rows.append((event.subject, event.into, event.merge_id, event.merge_version, event.occurred_at))
        elif isinstance(event, SubjectSplit) and event.subject:
            rows.append((event.subject, None, event.merge_id, event.merge_version, event.occurred_at))
        elif isinstance(event, SubjectErased):
            await erasures.begin(tx, event.request_id, event.origins, event.recorded_at)
    if rows:
        await service.follow_merges(tx, rows)


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
