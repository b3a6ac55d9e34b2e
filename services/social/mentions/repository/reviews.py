"""What people say of analyses: disputes and corrections, and the queue of what wants one."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, one_of, select_any
from services.social.mentions.tables import mention, mention_analysis, mention_review

DISPUTED, CORRECTED = "disputed", "corrected"
_PLACE = sa.tuple_(mention.c.published_ms, mention.c.mention_id)
_PLACE_TYPES = (mention.c.published_ms.type, mention.c.mention_id.type)


async def select_queue(
    tx: AsyncConnection, after: tuple[int, str] | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Analysed mentions that are disputed, or abstained from and not corrected, newest first."""
    joined = mention.join(mention_analysis, mention.c.mention_id == mention_analysis.c.mention_id)
    joined = joined.outerjoin(mention_review, mention.c.mention_id == mention_review.c.mention_id)
    state = mention_review.c.state
    read = [column for column in mention_analysis.columns if column.name not in ("mention_id", "version")]
    wanting = sa.or_(state == DISPUTED, sa.and_(mention_analysis.c.abstained, state.is_(None)))
    query = sa.select(mention, *read, state.label("state")).select_from(joined).where(wanting)
    query = query.order_by(mention.c.published_ms.desc(), mention.c.mention_id.desc()).limit(limit)
    if after:
        query = query.where(sa.tuple_(*map(sa.bindparam, ("at", "one"), after, _PLACE_TYPES)) > _PLACE)
    return (await tx.execute(query)).all()


async def upsert_review(
    tx: AsyncConnection, mention_id: str, state: str, labels: str, client: str, now_ms: int
) -> None:
    """Note a dispute or a correction; the later one counts."""
    columns: dict[str, list[Any]] = {
        "mention_id": [mention_id], "state": [state], "labels": [labels], "by_client": [client], "at_ms": [now_ms],
    }  # fmt: skip
    update = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "mention_id")
    await insert_many(tx, mention_review, columns, conflict=f"(mention_id) DO UPDATE SET {update}")


async def select_labels(tx: AsyncConnection, ids: Sequence[str]) -> dict[str, str]:
    """Mention id to labels (JSON), of those of `ids` that were corrected."""
    query = sa.select(mention_review.c.mention_id, mention_review.c.labels)
    corrected = query.where(mention_review.c.state == CORRECTED)
    return {
        row.mention_id: row.labels
        for row in await select_any(tx, corrected, mention_review.c.mention_id, ids)
    }


async def select_corrected(tx: AsyncConnection) -> Sequence[sa.Row[Any]]:
    """(mention_id, text, labels) of every corrected mention, in the order of their ids."""
    joined = mention.join(mention_review, mention.c.mention_id == mention_review.c.mention_id)
    query = sa.select(mention.c.mention_id, mention.c.text, mention_review.c.labels).select_from(joined)
    ordered = query.where(mention_review.c.state == CORRECTED).order_by(mention.c.mention_id)
    found: sa.CursorResult[Any] = await tx.execute(ordered)
    return found.all()


async def count_corrected(tx: AsyncConnection, since_ms: int) -> int:
    """How many were corrected since."""
    query = sa.select(sa.func.count()).select_from(mention_review)
    return (
        await tx.scalar(query.where(mention_review.c.state == CORRECTED, mention_review.c.at_ms > since_ms))
        or 0
    )


async def read_again(tx: AsyncConnection, ids: Sequence[str]) -> int:
    """Let mentions be analysed anew, as a version of their own, so that whoever follows hears of it. How many."""
    again = sa.update(mention).where(one_of(tx, mention.c.mention_id, ids))
    return (await tx.execute(again.values(version=mention.c.version + 1, pending=True))).rowcount


async def select_ids(tx: AsyncConnection, after: str | None, limit: int) -> list[str]:
    """Ids of mentions in their order, after one of them."""
    query = sa.select(mention.c.mention_id).order_by(mention.c.mention_id).limit(limit)
    return list((await tx.execute(query.where(mention.c.mention_id > after) if after else query)).scalars())


async def count_mentions(tx: AsyncConnection) -> int:
    """How many mentions there are."""
    return await tx.scalar(sa.select(sa.func.count()).select_from(mention)) or 0


async def is_known(tx: AsyncConnection, mention_id: str) -> bool:
    """Whether there is such a mention."""
    return bool(await tx.scalar(sa.select(sa.literal(1)).where(mention.c.mention_id == mention_id)))


async def has_pending(tx: AsyncConnection) -> bool:
    """Whether a mention waits to be analysed."""
    return bool(await tx.scalar(sa.select(sa.literal(1)).where(mention.c.pending).limit(1)))
