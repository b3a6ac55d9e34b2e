"""Mentions that leave: taken back, expired, or of an author who asked for it."""

import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, one_of, select_any
from services.social.mentions.tables import (
    mention,
    mention_analysis,
    mention_aspect,
    mention_origin,
    mention_removed,
    mention_review,
    mention_told,
    mention_topic,
)

HOLDING = (
    mention_review, mention_aspect, mention_topic, mention_analysis, mention_origin, mention, mention_told,
)  # fmt: skip
"""Every table with rows of a mention. As whose it was told comes last: by that the others are found."""


async def delete_mentions(tx: AsyncConnection, ids: Sequence[str]) -> int:
    """Delete mentions with all that was read in them; how many there were."""
    count = 0
    for table in HOLDING:
        result = await tx.execute(sa.delete(table).where(one_of(tx, table.c.mention_id, ids)))
        count = result.rowcount if table is mention else count
    return count


async def select_there(tx: AsyncConnection, ids: Sequence[str]) -> list[str]:
    """Those of `ids` that are stored; nobody else changes them before `tx` ends."""
    query = sa.select(mention.c.mention_id).order_by(mention.c.mention_id).with_for_update()
    return [row.mention_id for row in await select_any(tx, query, mention.c.mention_id, sorted(set(ids)))]


async def insert_removed_of(tx: AsyncConnection, chosen: sa.CompoundSelect[Any]) -> None:
    """Remember that the mentions whose ids `chosen` selects were taken back."""
    ids = list((await tx.execute(chosen)).scalars())
    await insert_removed(tx, sorted(ids), time.time_ns() // 1_000_000)


async def insert_removed(tx: AsyncConnection, ids: Sequence[str], now_ms: int) -> None:
    """Remember that these were taken back."""
    columns: dict[str, list[Any]] = {"mention_id": list(ids), "at_ms": [now_ms] * len(ids)}
    await insert_many(tx, mention_removed, columns, conflict="(mention_id) DO NOTHING")


async def select_removed(tx: AsyncConnection, ids: Sequence[str]) -> set[str]:
    """Those of `ids` that were taken back."""
    query = sa.select(mention_removed.c.mention_id)
    return {row.mention_id for row in await select_any(tx, query, mention_removed.c.mention_id, ids)}


async def upsert_origins(
    tx: AsyncConnection, ids: Sequence[str], connector_id: str, expires_ms: int | None
) -> None:
    """Note who brought mentions; seen again, they may be kept longer."""
    count = len(ids)
    columns: dict[str, list[Any]] = {
        "mention_id": list(ids),
        "connector_id": [connector_id] * count,
        "expires_ms": [expires_ms] * count,
    }
    update = "connector_id = excluded.connector_id, expires_ms = excluded.expires_ms"
    await insert_many(tx, mention_origin, columns, conflict=f"(mention_id) DO UPDATE SET {update}")


async def select_expired(tx: AsyncConnection, now_ms: int, limit: int) -> list[str]:
    """Mentions whose terms let them be kept no longer."""
    query = sa.select(mention_origin.c.mention_id).where(mention_origin.c.expires_ms < now_ms).limit(limit)
    return list((await tx.execute(query)).scalars())


async def select_of_author(tx: AsyncConnection, authors: Sequence[str]) -> list[str]:
    """Mentions of authors (keyed hashes)."""
    query = sa.select(mention.c.mention_id).where(mention.c.author.in_(authors))
    return list((await tx.execute(query)).scalars())
