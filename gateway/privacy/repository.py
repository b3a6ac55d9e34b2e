"""Every query of privacy requests."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.privacy.domain import State
from gateway.privacy.tables import confirmation, request
from kernel.store.bulk import insert_many

_OPEN = (State.RECEIVED, State.RUNNING)


async def add(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a request."""
    await tx.execute(sa.insert(request).values(**row))


async def find(tx: AsyncConnection, request_id: str, *, lock: bool = False) -> sa.Row[Any] | None:
    """A request; `lock` holds it until the transaction ends."""
    query = sa.select(request).where(request.c.id == request_id)
    return (await tx.execute(query.with_for_update() if lock else query)).first()


async def change(tx: AsyncConnection, request_id: str, **values: Any) -> None:
    """Change a request that is held."""
    await tx.execute(sa.update(request).where(request.c.id == request_id).values(**values))


async def page_of(
    tx: AsyncConnection,
    state: str | None,
    overdue_at: datetime | None,
    after: str | None,
    limit: int,
    *,
    subject: str | None = None,
) -> Sequence[sa.Row[Any]]:
    """Requests, the newest first; `overdue_at` leaves those whose clock has run out by then."""
    query = sa.select(request).order_by(request.c.id.desc()).limit(limit)
    if subject:
        query = query.where(request.c.subject == subject)
    if state:
        query = query.where(request.c.state == state)
    if overdue_at:
        query = query.where(request.c.state.in_(_OPEN), request.c.due_at < overdue_at)
    if after:
        query = query.where(request.c.id < after)
    return (await tx.execute(query)).all()


async def requests_of(tx: AsyncConnection, subjects: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """What a person asked for, the newest first."""
    query = sa.select(request).where(request.c.subject.in_(subjects)).order_by(request.c.id.desc())
    return (await tx.execute(query)).all()


async def pressing(tx: AsyncConnection, now: datetime, soon: datetime) -> Sequence[sa.Row[Any]]:
    """Open requests that were not acknowledged in time, or whose clock has run out or will by `soon`."""
    late = sa.and_(request.c.acknowledged_at.is_(None), request.c.acknowledge_by < now)
    query = sa.select(request).where(request.c.state.in_(_OPEN), sa.or_(late, request.c.due_at < soon))
    return (await tx.execute(query.order_by(request.c.due_at))).all()


async def running_erasure_of(tx: AsyncConnection, subject: str) -> str | None:
    """The erasure of that person that is on its way."""
    query = sa.select(request.c.id).where(
        request.c.subject == subject, request.c.kind == "erase", request.c.state == State.RUNNING
    )
    return await tx.scalar(query)


async def confirmations_of(tx: AsyncConnection, request_id: str) -> Sequence[sa.Row[Any]]:
    """What the services confirmed."""
    query = sa.select(confirmation).where(confirmation.c.request_id == request_id)
    return (await tx.execute(query.order_by(confirmation.c.at))).all()


async def confirm(
    tx: AsyncConnection,
    request_id: str,
    service: str,
    at: datetime,
    told: Mapping[str, Sequence[Mapping[str, Any]]],
) -> None:
    """Keep what a service confirmed: what was `destroyed` later is added, what is `kept` still replaces the earlier."""
    mine = (confirmation.c.request_id == request_id, confirmation.c.service == service)
    before = await tx.scalar(sa.select(confirmation.c.destroyed).where(*mine)) or []
    told = {**told, "destroyed": [*before, *told["destroyed"]]}
    row = {"request_id": request_id, "service": service, "at": at, **told}
    columns: dict[str, Sequence[Any]] = {name: [cell] for name, cell in row.items()}
    news = "at = excluded.at, destroyed = excluded.destroyed, kept = excluded.kept"
    await insert_many(tx, confirmation, columns, conflict=f"(request_id, service) DO UPDATE SET {news}")
