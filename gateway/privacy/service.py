"""Use cases of data subjects' rights: file, decide, carry out, and prove that it was done."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.consent import service as ledger
from gateway.consent.domain import check_purposes
from gateway.errors import RequestDecided
from gateway.keys import SigningKeys
from gateway.privacy import repository
from gateway.privacy.domain import ACKNOWLEDGE_DAYS, OBJECTED, SERVICES, Kind, State, WorkingDays, due
from gateway.tables import store
from kernel.contracts.privacy import ErasureConfirmed, ErasureRequested
from kernel.contracts.topics import RETENTION_DAYS
from kernel.errors import Conflict, NotFound
from kernel.ids import new_id
from kernel.privacy.redaction import redact
from kernel.store.outbox import publish
from kernel.telemetry import current_traceparent

CERTIFICATE = "erasure-certificate+jwt"
NO_REQUEST = "There is no such request."


async def file(
    tx: AsyncConnection,
    kind: Kind,
    subject: str,
    *,
    by: str,
    purposes: Sequence[str],
    reason: str | None,
    days: WorkingDays,
    processors: bool,
) -> str:
    """Take a request in; its id. Raises Gone for an erased person, InvalidInput for an unknown purpose."""
    check_purposes(purposes)
    root, origins = await ledger.person_of(tx, subject)
    now, request_id = datetime.now(UTC), new_id()
    row = {
        "id": request_id,
        "kind": kind,
        "state": State.RECEIVED,
        "subject": root,
        "origins": sorted(origins),
        "purposes": " ".join(purposes or (OBJECTED if kind is Kind.OBJECT else ())),
        "reason": told(reason),
        "filed_by": by,
        "filed_at": now,
        "acknowledge_by": days.after(now, ACKNOWLEDGE_DAYS),
        "due_at": due(kind, now, processors=processors),
        "extended": False,
    }
    await repository.add(tx, row)
    return request_id


def told(words: str | None) -> str | None:
    """`words` without what identifies somebody."""
    return redact(words).text if words else None


async def approve(tx: AsyncConnection, request_id: str, by: str) -> sa.Row[Any]:
    """Carry a received request out, as far as it can be done at once.

    Restriction and objection are in force when the transaction commits. An erasure runs until every service has
    confirmed it, a rectification until somebody says that it was done. Raises NotFound, RequestDecided, Gone.
    """
    row = await _held(tx, request_id, State.RECEIVED)
    now = datetime.now(UTC)
    await repository.change(
        tx, request_id, state=State.RUNNING, decided_at=now, acknowledged_at=row.acknowledged_at or now
    )
    if row.kind == Kind.ERASE:
        await _begin_erasure(tx, row, now)
    elif row.kind == Kind.RESTRICT:
        await ledger.restrict(tx, row.subject)
    elif row.kind == Kind.OBJECT:
        await ledger.withdraw(tx, row.subject, row.purposes.split(), by)
    if row.kind not in (Kind.ERASE, Kind.RECTIFY):
        await repository.change(tx, request_id, state=State.DONE, done_at=now)
    return row


async def _begin_erasure(tx: AsyncConnection, row: sa.Row[Any], now: datetime) -> None:
    root, origins = await ledger.person_of(tx, row.subject)  # who was merged since then belongs to it
    if await repository.running_erasure_of(tx, root) not in (None, row.id):
        raise Conflict("An erasure of this person is on its way already.")
    everybody = tuple(sorted({*row.origins, *origins}))
    await repository.change(tx, row.id, subject=root, origins=list(everybody))
    event = ErasureRequested(
        id=new_id(),
        version=ErasureRequested.VERSION,
        subject=root,
        occurred_at=now,
        recorded_at=now,
        traceparent=current_traceparent(),
        request_id=row.id,
        origins=everybody,
    )
    await publish(tx, store, [event])


async def acknowledge(tx: AsyncConnection, request_id: str) -> sa.Row[Any]:
    """Note that the person was told that their request came in; the first time counts. Raises NotFound, RequestDecided."""
    row = await _held(tx, request_id, State.RECEIVED, State.RUNNING)
    if row.acknowledged_at is None:
        await repository.change(tx, request_id, acknowledged_at=datetime.now(UTC))
    return row


async def refuse(tx: AsyncConnection, request_id: str, reason: str) -> sa.Row[Any]:
    """Refuse a received request; the reason is told to the person. Raises NotFound, RequestDecided."""
    row = await _held(tx, request_id, State.RECEIVED)
    now = datetime.now(UTC)
    await repository.change(
        tx, request_id, state=State.REFUSED, decided_at=now, done_at=now, answer=told(reason)
    )
    return row


async def extend(tx: AsyncConnection, request_id: str, reason: str, *, processors: bool) -> sa.Row[Any]:
    """Take the one extension that the decree knows, with its reason. Raises NotFound, RequestDecided."""
    row = await _held(tx, request_id, State.RECEIVED, State.RUNNING)
    if row.extended:
        raise RequestDecided("The clock was extended once; the decree knows no second extension.")
    later = due(Kind(row.kind), row.filed_at, processors=processors, extended=True)
    await repository.change(tx, request_id, extended=True, due_at=later, answer=told(reason))
    return row


async def complete(tx: AsyncConnection, request_id: str, answer: str) -> sa.Row[Any]:
    """Say that a rectification was done, and how. Raises NotFound, RequestDecided."""
    row = await _held(tx, request_id, State.RUNNING)
    if row.kind != Kind.RECTIFY:
        raise RequestDecided("Only a rectification is completed by hand.")
    await repository.change(tx, request_id, state=State.DONE, done_at=datetime.now(UTC), answer=told(answer))
    return row


async def _held(tx: AsyncConnection, request_id: str, *states: State) -> sa.Row[Any]:
    row = await repository.find(tx, request_id, lock=True)
    if row is None:
        raise NotFound(NO_REQUEST)
    if row.state not in states:
        raise RequestDecided(f"The request is {row.state}.")
    return row


async def origins_of(tx: AsyncConnection, request_id: str) -> list[str]:
    """The ids of the person of a request, as merges stand. Raises NotFound, Gone (erased meanwhile)."""
    row = await repository.find(tx, request_id)
    if row is None:
        raise NotFound(NO_REQUEST)
    _, origins = await ledger.person_of(tx, row.subject)
    return sorted({*row.origins, *origins})


async def take_copy(tx: AsyncConnection, request_id: str) -> sa.Row[Any]:
    """Hand the one copy of an approved request out. Raises NotFound, RequestDecided where there is none, or no more."""
    row = await _held(tx, request_id, State.DONE)
    if row.kind not in (Kind.ACCESS, Kind.PORTABILITY):
        raise RequestDecided("Only a request for access or portability has a copy.")
    if row.exported_at is not None:
        raise RequestDecided("The copy was handed out; file another request for another one.")
    await repository.change(tx, request_id, exported_at=datetime.now(UTC))
    return row


async def hear(tx: AsyncConnection, events: Sequence[Any]) -> None:
    """Confirmations of services; the last one that is needed ends the request."""
    for event in events:
        if not isinstance(event, ErasureConfirmed):
            continue
        row = await repository.find(tx, event.request_id, lock=True)
        if row is None:
            continue
        told = {
            "destroyed": [msgspec.to_builtins(one) for one in event.destroyed],
            "kept": [msgspec.to_builtins(one) for one in event.kept],
        }
        await repository.confirm(tx, event.request_id, event.service, event.recorded_at, told)
        confirmed = {one.service for one in await repository.confirmations_of(tx, event.request_id)}
        if row.state == State.RUNNING and confirmed.issuperset(SERVICES):
            await repository.change(tx, event.request_id, state=State.DONE, done_at=event.recorded_at)


async def certificate(
    tx: AsyncConnection, request_id: str, shown_subject: str, signing: SigningKeys
) -> dict[str, Any]:
    """What an erasure destroyed, signed. Raises NotFound, RequestDecided where it is none, or not done yet."""
    row = await repository.find(tx, request_id)
    if row is None:
        raise NotFound(NO_REQUEST)
    if row.kind != Kind.ERASE or row.state != State.DONE:
        raise RequestDecided("Only an erasure that is done has a certificate.")
    confirmations = await repository.confirmations_of(tx, request_id)
    claims: dict[str, Any] = {
        "request_id": row.id,
        "subject_id": shown_subject,
        "requested_at": row.filed_at.isoformat(),
        "completed_at": row.done_at.isoformat(),
        "log_expires_at": (row.done_at + timedelta(days=RETENTION_DAYS)).isoformat(),
        "destroyed": [{"service": one.service, **what} for one in confirmations for what in one.destroyed],
        "kept": [what for one in confirmations for what in one.kept],
    }
    return {**claims, "signature": signing.sign(CERTIFICATE, claims)}
