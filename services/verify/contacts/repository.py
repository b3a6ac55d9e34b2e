"""Queries of marks."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many
from kernel.store.holdings import rows_about
from services.verify.contacts.tables import mark

_STOP = (
    "(key) DO UPDATE SET stopped_at = excluded.stopped_at, stopped_by = excluded.stopped_by, "
    "subject = coalesce(excluded.subject, contact_mark.subject) WHERE contact_mark.stopped_at IS NULL"
)
_INVITED = "(key) DO UPDATE SET invited_at = excluded.invited_at, subject = excluded.subject"


async def find_mark(connection: AsyncConnection, key: bytes) -> sa.Row[tuple[object, ...]] | None:
    """What is known of a number or address."""
    return (await connection.execute(sa.select(mark).where(mark.c.key == key))).first()


async def stop(
    tx: AsyncConnection, keys: Sequence[bytes], by: str, now: datetime, subject: str | None = None
) -> None:
    """Contact these no more; one that was stopped before keeps its moment."""
    rows = sorted(set(keys))  # one order everywhere
    columns: dict[str, Sequence[object]] = {
        "key": rows,
        "subject": [subject] * len(rows),
        "stopped_at": [now] * len(rows),
        "stopped_by": [by] * len(rows),
    }
    await insert_many(tx, mark, columns, conflict=_STOP)


async def lift(tx: AsyncConnection, keys: Sequence[bytes]) -> None:
    """These may be contacted again."""
    for key in sorted(set(keys)):
        mine = sa.update(mark).where(mark.c.key == key)
        await tx.execute(mine.values(stopped_at=None, stopped_by=None))


async def note_invited(tx: AsyncConnection, key: bytes, subject: str, now: datetime) -> None:
    """An invitation goes out."""
    row: dict[str, Sequence[object]] = {"key": [key], "subject": [subject], "invited_at": [now]}
    await insert_many(tx, mark, row, conflict=_INVITED)


async def unnote_invited(tx: AsyncConnection, key: bytes) -> None:
    """None went out after all."""
    await tx.execute(sa.update(mark).where(mark.c.key == key).values(invited_at=None))


HOLDINGS = (rows_about("contact marks", mark.c.subject),)
