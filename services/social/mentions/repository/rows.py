"""Mentions, their analyses and topics, one by one and in bulk."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, one_of, select_any, update_many
from services.social.mentions.tables import (
    mention,
    mention_analysis,
    mention_aspect,
    mention_topic,
    quarantined_mention,
)

_ROWS_A_STATEMENT = 1_000
"""Between two statements others get their turn in the loop."""

_EDIT = """(mention_id) DO UPDATE SET
    version = mention.version + 1, fingerprint = excluded.fingerprint, author = excluded.author,
    text = excluded.text, url = excluded.url, received_ms = excluded.received_ms,
    stated_lang = excluded.stated_lang, rating = excluded.rating, metrics = excluded.metrics, pending = excluded.pending, linkable = excluded.linkable
    WHERE mention.fingerprint <> excluded.fingerprint"""
"""An edit keeps the time of publication; what did not change (another request was quicker) stays."""

Columns = Mapping[str, Sequence[Any]]


async def select_fingerprints(tx: AsyncConnection, ids: Sequence[str]) -> dict[str, bytes]:
    """Mention id to what it last said, of those that are known."""
    query = sa.select(mention.c.mention_id, mention.c.fingerprint)
    return {row.mention_id: row.fingerprint for row in await select_any(tx, query, mention.c.mention_id, ids)}


async def upsert_mentions(tx: AsyncConnection, columns: Columns) -> None:
    """Store mentions, new or edited; each waits to be analysed."""
    await _in_parts(tx, mention, columns, _EDIT)


async def insert_quarantined(tx: AsyncConnection, columns: Columns) -> None:
    """Keep what could not be taken; the same again changes nothing."""
    await _in_parts(tx, quarantined_mention, columns, "(fingerprint) DO NOTHING")


async def select_pending(tx: AsyncConnection, limit: int) -> Sequence[sa.Row[Any]]:
    """Mentions to be analysed."""
    return (await tx.execute(sa.select(mention).where(mention.c.pending).limit(limit))).all()


async def lock_pending(tx: AsyncConnection, ids: Sequence[str]) -> dict[str, int]:
    """Mention id to version, of those of `ids` that still wait; locked, so that nobody else publishes them."""
    query = sa.select(mention.c.mention_id, mention.c.version).where(mention.c.pending)
    ordered = query.order_by(mention.c.mention_id).with_for_update()
    return {row.mention_id: row.version for row in await select_any(tx, ordered, mention.c.mention_id, ids)}


async def replace_analyses(tx: AsyncConnection, analyses: Columns, aspects: Columns, topics: Columns) -> None:
    """Store analyses by column in place of earlier ones of the same mentions, which wait no more."""
    ids = list(analyses["mention_id"])
    names = [name for name in analyses if name != "mention_id"]
    update = ", ".join(f"{name} = excluded.{name}" for name in names)
    await insert_many(tx, mention_analysis, analyses, conflict=f"(mention_id) DO UPDATE SET {update}")
    again = [one for one, version in zip(ids, analyses["version"], strict=True) if version > 1]
    if again:
        for table in (mention_aspect, mention_topic):
            await tx.execute(sa.delete(table).where(one_of(tx, table.c.mention_id, again)))
    await insert_many(tx, mention_aspect, aspects)
    await insert_topics(tx, topics)
    await update_many(tx, mention, {"mention_id": ids}, {"pending": [False] * len(ids)})


async def insert_topics(tx: AsyncConnection, topics: Columns) -> None:
    """Attach topics to mentions."""
    await insert_many(tx, mention_topic, topics, conflict="(mention_id, topic_id) DO NOTHING")


async def select_texts(tx: AsyncConnection, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Mentions with their texts in the order of their ids, after one of them."""
    query: sa.Select[Any] = sa.select(mention.c.mention_id, mention.c.text, mention.c.published_ms)
    query = query.order_by(mention.c.mention_id).limit(limit)
    found: sa.CursorResult[Any] = await tx.execute(
        query.where(mention.c.mention_id > after) if after else query
    )
    return found.all()


async def _in_parts(tx: AsyncConnection, table: sa.Table, columns: Columns, conflict: str) -> None:
    count = len(next(iter(columns.values())))
    for start in range(0, count, _ROWS_A_STATEMENT):
        part = {
            name: list(islice(cells, start, start + _ROWS_A_STATEMENT)) for name, cells in columns.items()
        }
        await insert_many(tx, table, part, conflict=conflict)
