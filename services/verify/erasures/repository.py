"""Queries of erasures."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many
from services.verify.erasures.tables import erasure
from services.verify.tables import store


async def mark_erased(tx: AsyncConnection, origins: Sequence[str], at: datetime) -> None:
    """Remember for ever that these origins are erased."""
    subjects = sorted(set(origins))
    rows: dict[str, Sequence[Any]] = {"subject": subjects, "at": [at] * len(subjects)}
    await insert_many(tx, store.erased, rows, conflict="(subject) DO NOTHING")


async def forget_letters(tx: AsyncConnection, origins: Sequence[str]) -> int:
    """Delete dead letters about these people; how many."""
    letters = store.dead_letter
    return (await tx.execute(sa.delete(letters).where(letters.c.subject.in_(origins)))).rowcount


async def open_erasure(tx: AsyncConnection, request_id: str, origins: Sequence[str], at: datetime) -> None:
    """Note an erasure to carry out; repeating it changes nothing."""
    row: dict[str, Sequence[Any]] = {
        "request_id": [request_id],
        "origins": [list(origins)],
        "destroyed": [0],
        "requested_at": [at],
    }
    await insert_many(tx, erasure, row, conflict="(request_id) DO NOTHING")


async def open_erasures(connection: AsyncConnection) -> Sequence[sa.Row[Any]]:
    """Erasures that are not confirmed, oldest first."""
    query = sa.select(erasure).where(erasure.c.confirmed_at.is_(None)).order_by(erasure.c.requested_at)
    return (await connection.execute(query)).all()


async def note_destroyed(tx: AsyncConnection, request_id: str, rows: int) -> int:
    """Add to what an erasure destroyed; all of it."""
    row = sa.update(erasure).where(erasure.c.request_id == request_id)
    await tx.execute(row.values(destroyed=erasure.c.destroyed + rows))
    return int(await tx.scalar(sa.select(erasure.c.destroyed).where(erasure.c.request_id == request_id)) or 0)


async def confirm_erasure(tx: AsyncConnection, request_id: str, at: datetime) -> bool:
    """Mark an erasure as confirmed; False where it was already."""
    pending = sa.update(erasure).where(erasure.c.request_id == request_id, erasure.c.confirmed_at.is_(None))
    return (await tx.execute(pending.values(confirmed_at=at))).rowcount == 1
