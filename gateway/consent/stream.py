"""Topic doors of the ledger, and its heartbeat."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent import repository
from gateway.consent.domain import Act, micros
from gateway.consent.service import apply_acts, capped, hear_erasures, hear_merges
from gateway.tables import store
from kernel.contracts.consents import ConsentHeartbeat
from kernel.contracts.event import Event
from kernel.contracts.records import ConsentEvidence, RecordAccepted
from kernel.contracts.topics import PARTITIONS, partition_of
from kernel.ids import new_id
from kernel.store.consumer import Handler
from kernel.store.engine import Database
from kernel.store.outbox import publish

BEAT_S = 1.0
"""Views of the ledger older than 5 s are failed answers (DESIGN, law 2)."""


async def hear_records(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Apply the consent that came with records; what a notice does not name is no consent."""
    known = await repository.notice_purposes(tx)
    acts = []
    for event in events:
        if isinstance(event, RecordAccepted) and event.consent is not None and event.subject is not None:
            evidence = event.consent
            told = known.get((evidence.notice, evidence.version), frozenset())
            purposes = tuple(purpose for purpose in evidence.purposes if purpose in told)
            if purposes:
                acts.append(_act(event, event.subject, evidence, purposes))
    if acts:
        await apply_acts(tx, acts)


def _act(event: RecordAccepted, subject: str, evidence: ConsentEvidence, purposes: tuple[str, ...]) -> Act:
    recorded = micros(event.recorded_at)
    return Act(
        id=new_id(),
        subject=subject,
        kind="given",
        purposes=purposes,
        captured_at=capped(micros(evidence.captured_at), recorded),
        recorded_at=recorded,
        notice=evidence.notice,
        version=evidence.version,
        method=evidence.method,
        proof=evidence.proof,
        record_id=event.record_id,
    )


async def hear_subjects(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Merges, splits and erasures."""
    await hear_merges(tx, events)
    await hear_erasures(tx, events)


def ledger_handlers() -> list[Handler]:
    """Handlers of the group `ledger`."""
    return [
        Handler("records.accepted", "legal", hear_records),
        Handler("subjects.changed", "legal", hear_subjects, sees_erased=True),
    ]


def heartbeat(database: Database) -> Callable[[], Awaitable[None]]:
    """A job that sends a heartbeat into every partition each second, through the outbox: behind earlier changes."""

    async def beat() -> None:
        ids = partition_ids()
        while True:
            async with database.transaction() as tx:
                await send_heartbeats(tx, ids)
            await asyncio.sleep(BEAT_S)

    return beat


async def send_heartbeats(tx: AsyncConnection, ids: Sequence[str]) -> None:
    """One heartbeat a partition, after every change that began before."""
    await repository.enter_ledger(tx, alone=True)
    now = datetime.now(UTC)
    beats = [
        ConsentHeartbeat(
            id=id_,
            version=ConsentHeartbeat.VERSION,
            subject=None,
            occurred_at=now,
            recorded_at=now,
            partition=partition,
        )
        for partition, id_ in enumerate(ids)
    ]
    await publish(tx, store, beats)


def partition_ids() -> list[str]:
    """For each partition an id whose key falls into it: an event without subject follows its own id."""
    found: dict[int, str] = {}
    while len(found) < PARTITIONS:
        id_ = new_id()
        found.setdefault(partition_of(id_.encode()), id_)
    return [found[partition] for partition in range(PARTITIONS)]
