"""Queries of the review queue."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many
from services.verify.collectors.records import Doubted
from services.verify.collectors.tables import doubted


async def add_doubted(tx: AsyncConnection, rows: Sequence[Doubted]) -> None:
    """Queue records; one that was queued before stays as it is."""
    columns: dict[str, Sequence[object]] = {
        name: [getattr(row, name) for row in rows] for name in Doubted._fields if name != "reasons"
    }
    columns["reasons"] = [[reason._asdict() for reason in row.reasons] for row in rows]
    columns["state"] = ["open"] * len(rows)
    await insert_many(tx, doubted, columns, conflict="(record_id) DO NOTHING")


async def list_doubted(
    connection: AsyncConnection, state: str, collector: str | None, after: str | None, limit: int
) -> Sequence[sa.Row[tuple[object, ...]]]:
    """Records in a state, in the order of their ids (UUIDv7s: the oldest first)."""
    query = sa.select(doubted).where(doubted.c.state == state)
    if after:
        query = query.where(doubted.c.record_id > after)
    if collector:
        query = query.where(doubted.c.collector == collector)
    return (await connection.execute(query.order_by(doubted.c.record_id).limit(limit))).all()


async def judge_doubted(
    tx: AsyncConnection, record_id: str, verdict: str, reviewer: str, now: datetime
) -> sa.Row[tuple[object, ...]] | None:
    """Set a person's verdict on an open record; None where none waits under that id."""
    open_ = sa.update(doubted).where(doubted.c.record_id == record_id, doubted.c.state == "open")
    values = {"state": verdict, "reviewed_by": reviewer, "reviewed_at": now}
    return (await tx.execute(open_.values(values).returning(*doubted.columns))).first()
