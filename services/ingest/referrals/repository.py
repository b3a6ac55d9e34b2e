"""Queries of edges."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, one_of, select_any
from kernel.store.holdings import rows_about
from services.ingest.referrals.domain import Edge
from services.ingest.referrals.tables import referral_edge


async def add_edges(tx: AsyncConnection, edges: Sequence[Edge]) -> None:
    """Keep edges."""
    columns = {name: [getattr(edge, name) for edge in edges] for name in Edge.__struct_fields__}
    await insert_many(tx, referral_edge, columns)


async def page_of_edges(tx: AsyncConnection, after: tuple[int, str] | None, limit: int) -> Sequence[Any]:
    """The first row of each edge, newest first, from after a position (at, record)."""
    query = sa.select(referral_edge).where(referral_edge.c.place == 0)
    if after:
        query = query.where(sa.tuple_(referral_edge.c.at, referral_edge.c.record_id) < after)
    rows = await tx.execute(
        query.order_by(referral_edge.c.at.desc(), referral_edge.c.record_id.desc()).limit(limit)
    )
    found: Sequence[Any] = rows.all()
    return found


async def indexes_of(tx: AsyncConnection, records: Sequence[str]) -> Sequence[Any]:
    """(record, source, place, index) of these records' edges, most telling first."""
    columns = referral_edge.c
    query = sa.select(columns.record_id, columns.source, columns.place, columns.index)
    found: Sequence[Any] = (
        await tx.execute(query.where(columns.record_id.in_(records)).order_by(columns.place))
    ).all()
    return found


async def remove_by_indexes(tx: AsyncConnection, indexes: Sequence[bytes]) -> int:
    """Forget that somebody with one of these blind indexes was referred; how many rows."""
    query = sa.select(referral_edge.c.record_id)
    records = sorted({row[0] for row in await select_any(tx, query, referral_edge.c.index, indexes)})
    if not records:
        return 0
    return (
        await tx.execute(sa.delete(referral_edge).where(one_of(tx, referral_edge.c.record_id, records)))
    ).rowcount


HOLDINGS = (rows_about("referrals", referral_edge.c.subject_id),)
