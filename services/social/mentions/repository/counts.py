"""Numbers of analysed mentions in a period, of one topic or of all, with or without unwanted ones."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.social.mentions.domain.moments import DAY_MS, OFFSET_MS
from services.social.mentions.tables import mention, mention_analysis, mention_aspect, mention_topic

HOUR_MS = 3_600_000
_ANALYSED = mention.join(mention_analysis, mention.c.mention_id == mention_analysis.c.mention_id)
_PUBLISHED = mention.c.published_ms


class Span(NamedTuple):
    """Which mentions count: `from_ms` <= published < `to_ms`; `clean`: without spam, seeding and adverts."""

    topic_id: str | None
    from_ms: int
    to_ms: int
    clean: bool = False


async def select_span(tx: AsyncConnection, topic_id: str | None) -> tuple[int, int] | None:
    """The first and the last time of publication, None where there is no mention."""
    query = sa.select(sa.func.min(_PUBLISHED), sa.func.max(_PUBLISHED)).select_from(_ANALYSED)
    first, last = (await tx.execute(_of_topic(query, topic_id))).one()
    return None if first is None else (first, last)


async def count_tones(tx: AsyncConnection, span: Span, width_ms: int = DAY_MS) -> Sequence[sa.Row[Any]]:
    """(slot, sentiment, n): slots of `width_ms` counted from 1970 in Vietnam; an abstention is neutral."""
    slot = (_PUBLISHED + OFFSET_MS) // sa.literal_column(str(width_ms))
    tone = sa.case((mention_analysis.c.abstained, "neutral"), else_=mention_analysis.c.sentiment)
    query = sa.select(slot.label("slot"), tone.label("sentiment"), sa.func.count().label("n"))
    return await _rows(tx, _within(query.select_from(_ANALYSED), span).group_by(sa.text("1"), sa.text("2")))


async def count_aspects(tx: AsyncConnection, span: Span) -> Sequence[sa.Row[Any]]:
    """(aspect, polarity, n): n mentions speak of the aspect so."""
    joined = _ANALYSED.join(mention_aspect, mention.c.mention_id == mention_aspect.c.mention_id)
    named = (mention_aspect.c.aspect, mention_aspect.c.polarity)
    query = sa.select(*named, sa.func.count().label("n")).select_from(joined).group_by(*named)
    return await _rows(tx, _within(query, span))


async def count_topics(tx: AsyncConnection, span: Span) -> dict[str, int]:
    """Topic id to its number of mentions."""
    joined = _ANALYSED.join(mention_topic, mention.c.mention_id == mention_topic.c.mention_id)
    query = sa.select(mention_topic.c.topic_id, sa.func.count().label("n")).select_from(joined)
    rows = await tx.execute(_within(query, span).group_by(mention_topic.c.topic_id))
    return {row.topic_id: row.n for row in rows}


async def count_voices(tx: AsyncConnection, span: Span) -> Sequence[sa.Row[Any]]:
    """(topic_id, aspect, n): n mentions of the topic speak of the aspect."""
    joined = _ANALYSED.join(mention_topic, mention.c.mention_id == mention_topic.c.mention_id)
    joined = joined.join(mention_aspect, mention.c.mention_id == mention_aspect.c.mention_id)
    named = (mention_topic.c.topic_id, mention_aspect.c.aspect)
    query = sa.select(*named, sa.func.count().label("n")).select_from(joined).group_by(*named)
    return await _rows(tx, _within(query, span))


async def count_spam(tx: AsyncConnection, span: Span) -> dict[str, int]:
    """Kind of unwanted text (`clean` included) to its number of mentions."""
    query = sa.select(mention_analysis.c.spam, sa.func.count().label("n")).select_from(_ANALYSED)
    rows = await tx.execute(_within(query, span).group_by(mention_analysis.c.spam))
    return {row.spam: row.n for row in rows}


async def count_authors(tx: AsyncConnection, span: Span) -> Sequence[sa.Row[Any]]:
    """(author, n), the most active first; author is None for mentions of nobody known."""
    query = sa.select(mention.c.author, sa.func.count().label("n")).select_from(_ANALYSED)
    ordered = _within(query, span).group_by(mention.c.author).order_by(sa.text("2 DESC"), mention.c.author)
    return await _rows(tx, ordered)


async def count_links(tx: AsyncConnection, span: Span, limit: int) -> Sequence[sa.Row[Any]]:
    """(url, n): the addresses that most mentions come from."""
    query = sa.select(mention.c.url, sa.func.count().label("n")).select_from(_ANALYSED)
    named = _within(query, span).where(mention.c.url.is_not(None)).group_by(mention.c.url)
    return await _rows(tx, named.order_by(sa.text("2 DESC"), mention.c.url).limit(limit))


async def select_said(tx: AsyncConnection, span: Span, limit: int) -> Sequence[str]:
    """Texts of the period in the order of their ids, which are random: a sample that is always the same."""
    query = sa.select(mention.c.text).select_from(_ANALYSED).order_by(mention.c.mention_id).limit(limit)
    return [row.text for row in await _rows(tx, _within(query, span))]


def _of_topic(query: sa.Select[Any], topic_id: str | None) -> sa.Select[Any]:
    if topic_id is None:
        return query
    chosen = sa.select(mention_topic.c.mention_id).where(mention_topic.c.topic_id == topic_id)
    return query.where(mention.c.mention_id.in_(chosen))


def _within(query: sa.Select[Any], span: Span) -> sa.Select[Any]:
    query = _of_topic(query, span.topic_id).where(span.from_ms <= _PUBLISHED, span.to_ms > _PUBLISHED)
    return query.where(mention_analysis.c.spam == "clean") if span.clean else query


async def _rows(tx: AsyncConnection, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
    found: sa.CursorResult[Any] = await tx.execute(query)
    return found.all()


async def select_voices(tx: AsyncConnection, span: Span, limit: int) -> Sequence[sa.Row[Any]]:
    """(mention_id, author, text, published_ms) of the newest mentions of the period."""
    read = (mention.c.mention_id, mention.c.author, mention.c.text, mention.c.published_ms)
    query = sa.select(*read).select_from(_ANALYSED).order_by(_PUBLISHED.desc()).limit(limit)
    return await _rows(tx, _within(query, span))
