"""Queries over topics."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.social.topics.domain import Topic
from services.social.topics.tables import topic, topic_book

_phrases = msgspec.json.Decoder(tuple[str, ...]).decode


async def insert_topic(tx: AsyncConnection, values: dict[str, Any]) -> None:
    """Store a topic; phrase lists are JSON texts."""
    await tx.execute(sa.insert(topic).values(**values, labelled=False, label_cursor=None))


async def raise_version(tx: AsyncConnection) -> None:
    """Say that the set is another now; waits for those who apply the old one in open transactions."""
    await tx.execute(sa.update(topic_book).values(version=topic_book.c.version + 1))


async def shared_version(tx: AsyncConnection) -> int:
    """The set's version, which stays so until this transaction ends."""
    query = sa.select(topic_book.c.version).with_for_update(read=True)
    return int((await tx.execute(query)).scalar_one())


async def select_topics(tx: AsyncConnection) -> list[Topic]:
    """All topics, oldest first."""
    rows = await tx.execute(sa.select(topic).order_by(topic.c.topic_id))
    return [_topic(row) for row in rows]


async def select_page(tx: AsyncConnection, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Topics after an id."""
    query = sa.select(topic).order_by(topic.c.topic_id).limit(limit)
    return (await tx.execute(query.where(topic.c.topic_id > after) if after else query)).all()


async def select_kinds(tx: AsyncConnection) -> dict[str, str]:
    """Topic id to kind."""
    rows = await tx.execute(sa.select(topic.c.topic_id, topic.c.kind).order_by(topic.c.topic_id))
    return {row.topic_id: row.kind for row in rows}


async def exists_unlabelled(tx: AsyncConnection) -> bool:
    """Whether a topic is not labelled yet."""
    query = sa.select(sa.exists().where(topic.c.labelled.is_(sa.false())))
    return bool(await tx.scalar(query))


async def lock_unlabelled(tx: AsyncConnection) -> tuple[Topic, str | None] | None:
    """The oldest topic that older mentions do not carry yet, and how far the work has come."""
    query = sa.select(topic).where(topic.c.labelled.is_(sa.false())).order_by(topic.c.topic_id).limit(1)
    row = (await tx.execute(query.with_for_update(skip_locked=True))).first()
    return (_topic(row), row.label_cursor) if row else None


async def move_label_cursor(tx: AsyncConnection, topic_id: str, cursor: str | None) -> None:
    """Remember how far the work has come; None: it is done."""
    values = {"labelled": True} if cursor is None else {"label_cursor": cursor}
    await tx.execute(sa.update(topic).where(topic.c.topic_id == topic_id).values(**values))


def _topic(row: sa.Row[Any]) -> Topic:
    return Topic(row.topic_id, _phrases(row.any_of), _phrases(row.all_of), _phrases(row.none_of))
