"""Queries of erasures."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, one_of, select_any
from services.ingest.tables import store

erasure = store.erasure


async def remember(tx: AsyncConnection, origins: Sequence[str], at: datetime) -> None:
    """Remember for ever that these origins are erased: no event of theirs has an effect any more."""
    rows: dict[str, Sequence[Any]] = {"subject": list(origins), "at": [at] * len(origins)}
    await insert_many(tx, store.erased, rows, conflict="(subject) DO NOTHING")


class Erased(NamedTuple):
    """Somebody who was erased, and when."""

    subject: str
    at: datetime


async def page_of_erased(tx: AsyncConnection, after: str | None, limit: int) -> list[Erased]:
    """Whoever was erased, in the order of their ids, from after one of them."""
    query = sa.select(store.erased.c.subject, store.erased.c.at)
    if after is not None:
        query = query.where(store.erased.c.subject > after)
    rows = await tx.execute(query.order_by(store.erased.c.subject).limit(limit))
    return [Erased(row.subject, row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC)) for row in rows]


async def open_erasure(tx: AsyncConnection, request_id: str, origins: Sequence[str], at: datetime) -> bool:
    """Note an erasure to carry out; False where it is known."""
    known = sa.select(erasure.c.request_id).where(erasure.c.request_id == request_id)
    if await tx.scalar(known) is not None:
        return False
    row = {"request_id": request_id, "origins": list(origins), "requested_at": at, "destroyed": {}}
    await tx.execute(sa.insert(erasure).values(row))
    return True


async def open_erasures(tx: AsyncConnection) -> Sequence[Any]:
    """Erasures that are not confirmed, oldest first."""
    query = sa.select(erasure).where(erasure.c.confirmed_at.is_(None)).order_by(erasure.c.requested_at)
    return (await tx.execute(query)).all()


async def lock_open(tx: AsyncConnection, request_id: str) -> Any:
    """An erasure that is not confirmed, locked; None where it is, or another process is at it."""
    query = sa.select(erasure).where(erasure.c.request_id == request_id, erasure.c.confirmed_at.is_(None))
    return (await tx.execute(query.with_for_update(skip_locked=True))).first()


async def add_counts(
    tx: AsyncConnection, request_id: str, known: Mapping[str, int], counts: Mapping[str, int]
) -> dict[str, int]:
    """Add to what an erasure destroyed; all of it."""
    total = {what: known.get(what, 0) + counts.get(what, 0) for what in dict.fromkeys([*known, *counts])}
    await tx.execute(sa.update(erasure).where(erasure.c.request_id == request_id).values(destroyed=total))
    return total


async def confirm(tx: AsyncConnection, request_id: str, at: datetime) -> None:
    """Mark an erasure as confirmed."""
    done = sa.update(erasure).where(erasure.c.request_id == request_id)
    await tx.execute(done.values(confirmed_at=at))


async def confirmed_request(tx: AsyncConnection, origin: str) -> str | None:
    """The newest confirmed request that erased this origin; None where it was not erased."""
    query = sa.select(erasure.c.request_id).where(
        erasure.c.confirmed_at.is_not(None), sa.cast(erasure.c.origins, sa.Text).contains(f'"{origin}"')
    )
    found: str | None = await tx.scalar(query.order_by(erasure.c.requested_at.desc()).limit(1))
    return found


async def outbox_ids(tx: AsyncConnection, among: Collection[str] | None = None) -> set[str]:
    """Outbox rows that wait to be sent, all or those of `among`."""
    query = sa.select(store.outbox.c.id)
    if among is None:
        return set((await tx.execute(query)).scalars())
    return {row.id for row in await select_any(tx, query, store.outbox.c.id, list(among))}


async def delete_letters(tx: AsyncConnection, origins: Sequence[str]) -> int:
    """Delete dead letters of these people; how many."""
    letters = store.dead_letter
    return (await tx.execute(sa.delete(letters).where(one_of(tx, letters.c.subject, origins)))).rowcount
