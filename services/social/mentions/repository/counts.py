"""Numbers of analysed mentions in a period (`from_ms` <= published < `to_ms`), of one topic or of all."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.social.mentions.domain.moments import DAY_MS, OFFSET_MS
from services.social.mentions.tables import mention, mention_analysis, mention_aspect, mention_topic

_ANALYSED = mention.join(mention_analysis, mention.c.mention_id == mention_analysis.c.mention_id)
_DAY = (mention.c.published_ms + OFFSET_MS) // sa.literal_column(str(DAY_MS))


async def select_span(tx: AsyncConnection, topic_id: str | None) -> tuple[int, int] | None:
    """The first and the last time of publication, None where there is no mention."""
    published = mention.c.published_ms
    query = sa.select(sa.func.min(published), sa.func.max(published)).select_from(_ANALYSED)
    first, last = (await tx.execute(_of_topic(query, topic_id))).one()
    return None if first is None else (first, last)


async def count_days(
    tx: AsyncConnection, topic_id: str | None, from_ms: int, to_ms: int
) -> Sequence[sa.Row[Any]]:
    """(day, sentiment, n): where the analysis abstained, the sentiment is neutral."""
    tone = sa.case((mention_analysis.c.abstained, "neutral"), else_=mention_analysis.c.sentiment)
    query = sa.select(_DAY.label("day"), tone.label("sentiment"), sa.func.count().label("n"))
    query = query.select_from(_ANALYSED).group_by(sa.text("1"), sa.text("2"))
    return await _rows(tx, _within(_of_topic(query, topic_id), from_ms, to_ms))


async def count_aspects(
    tx: AsyncConnection, topic_id: str | None, from_ms: int, to_ms: int
) -> Sequence[sa.Row[Any]]:
    """(aspect, polarity, n): n mentions speak of the aspect so."""
    joined = _ANALYSED.join(mention_aspect, mention.c.mention_id == mention_aspect.c.mention_id)
    named = (mention_aspect.c.aspect, mention_aspect.c.polarity)
    query = sa.select(*named, sa.func.count().label("n")).select_from(joined).group_by(*named)
    return await _rows(tx, _within(_of_topic(query, topic_id), from_ms, to_ms))


async def count_topics(tx: AsyncConnection, from_ms: int, to_ms: int) -> dict[str, int]:
    """Topic id to its number of mentions."""
    published = mention_topic.c.published_ms
    query = sa.select(mention_topic.c.topic_id, sa.func.count().label("n")).where(
        published >= from_ms, published < to_ms
    )
    joined = mention_topic.join(mention_analysis, mention_topic.c.mention_id == mention_analysis.c.mention_id)
    rows = await tx.execute(query.select_from(joined).group_by(mention_topic.c.topic_id))
    return {row.topic_id: row.n for row in rows}


def _of_topic(query: sa.Select[Any], topic_id: str | None) -> sa.Select[Any]:
    if topic_id is None:
        return query
    chosen = sa.select(mention_topic.c.mention_id).where(mention_topic.c.topic_id == topic_id)
    return query.where(mention.c.mention_id.in_(chosen))


def _within(query: sa.Select[Any], from_ms: int, to_ms: int) -> sa.Select[Any]:
    return query.where(mention.c.published_ms >= from_ms, mention.c.published_ms < to_ms)


async def _rows(tx: AsyncConnection, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    found: sa.CursorResult[Any] = await tx.execute(query)
    return found.all()
