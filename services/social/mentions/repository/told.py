"""Which mentions were told as a person's."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, one_of, select_any
from services.social.mentions.tables import mention, mention_analysis, mention_told


async def select_told(tx: AsyncConnection, ids: Sequence[str]) -> dict[str, str]:
    """Mention id to the person as whose it was told, of those of `ids` that were."""
    rows = await select_any(tx, sa.select(mention_told), mention_told.c.mention_id, ids)
    return {row.mention_id: row.subject for row in rows}


async def replace_told(tx: AsyncConnection, before: Sequence[str], now: Sequence[tuple[str, str]]) -> None:
    """Forget as whose mentions were told `before`, and keep (mention id, person) as they are told `now`."""
    if before:
        await tx.execute(sa.delete(mention_told).where(one_of(tx, mention_told.c.mention_id, before)))
    columns: dict[str, list[Any]] = {
        "mention_id": [mention_id for mention_id, _ in now], "subject": [subject for _, subject in now],
    }  # fmt: skip
    await insert_many(tx, mention_told, columns)


async def select_mistold(
    tx: AsyncConnection, author: str, subject: str | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Mentions of an author with their analyses that were told as somebody else than `subject`; None: as nobody."""
    joined = mention.join(mention_analysis, mention.c.mention_id == mention_analysis.c.mention_id)
    joined = joined.outerjoin(mention_told, mention.c.mention_id == mention_told.c.mention_id)
    read = [column for column in mention_analysis.columns if column.name not in ("mention_id", "version")]
    mine = mention.c.author == author, mention.c.linkable, mention.c.pending.is_(False)
    query = sa.select(mention, *read).select_from(joined).where(*mine).order_by(mention.c.mention_id)
    wrong = mention_told.c.subject.is_distinct_from(subject)
    return (await tx.execute(query.where(wrong).limit(limit).with_for_update(of=mention))).all()
