"""Lists of mentions, newest first."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import select_any
from services.social.mentions.tables import mention, mention_analysis, mention_aspect, mention_topic


class Filter(NamedTuple):
    """What to list: each None leaves open. The period is `from_ms` <= published < `to_ms`."""

    topic_id: str | None = None
    sentiment: str | None = None
    platform: str | None = None
    from_ms: int | None = None
    to_ms: int | None = None


async def select_mentions(
    tx: AsyncConnection, wanted: Filter, after: tuple[int, str] | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Up to `limit` mentions with their analysis (null where not analysed), after a (published, id) position."""
    read = [column for column in mention_analysis.columns if column.name not in ("mention_id", "version")]
    joined = mention.outerjoin(mention_analysis, mention.c.mention_id == mention_analysis.c.mention_id)
    query = sa.select(mention, *read).select_from(joined)
    query = query.order_by(mention.c.published_ms.desc(), mention.c.mention_id.desc()).limit(limit)
    for condition in _conditions(wanted):
        query = query.where(condition)
    if after:
        place = sa.tuple_(mention.c.published_ms, mention.c.mention_id)
        query = query.where(place < sa.tuple_(*map(sa.bindparam, ("at", "one"), after, _PLACE_TYPES)))
    return (await tx.execute(query)).all()


_PLACE_TYPES = (mention.c.published_ms.type, mention.c.mention_id.type)


def _conditions(wanted: Filter) -> list[sa.ColumnElement[bool]]:
    published = mention.c.published_ms
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.topic_id:
        chosen = sa.select(mention_topic.c.mention_id).where(mention_topic.c.topic_id == wanted.topic_id)
        conditions.append(mention.c.mention_id.in_(chosen))
    if wanted.sentiment:
        conditions.append(mention_analysis.c.sentiment == wanted.sentiment)
    if wanted.platform:
        conditions.append(mention.c.platform == wanted.platform)
    if wanted.from_ms is not None:
        conditions.append(published >= wanted.from_ms)
    if wanted.to_ms is not None:
        conditions.append(published < wanted.to_ms)
    return conditions


async def select_aspects(tx: AsyncConnection, ids: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """(mention_id, aspect, polarity, evidence) of some mentions."""
    return await select_any(tx, sa.select(mention_aspect), mention_aspect.c.mention_id, ids)


async def select_topic_ids(tx: AsyncConnection, ids: Sequence[str]) -> Sequence[sa.Row[Any]]:
    """(mention_id, topic_id) of some mentions."""
    query = sa.select(mention_topic.c.mention_id, mention_topic.c.topic_id).order_by(mention_topic.c.topic_id)
    return await select_any(tx, query, mention_topic.c.mention_id, ids)
