"""What the service holds of people whom it knows by their accounts: all that they said, and their accounts."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.holdings import Holding
from services.social.mentions.repository import gone
from services.social.mentions.tables import mention, mention_told
from services.social.people import service as people


def _said_by(origins: Sequence[str]) -> sa.CompoundSelect[Any]:
    """The ids of all that people said, or that was told as theirs."""
    said = sa.select(mention.c.mention_id).where(mention.c.author.in_(people.authors_of(origins)))
    return said.union(sa.select(mention_told.c.mention_id).where(mention_told.c.subject.in_(origins)))


async def _never_again(tx: AsyncConnection, origins: Sequence[str]) -> None:
    """What erased people said does not come in again, whoever repeats it."""
    await gone.insert_removed_of(tx, _said_by(origins))


def _holding(table: sa.Table) -> Holding:
    what = {"mention": "mentions", "mention_told": "mentions told as theirs"}
    return Holding(
        what.get(table.name, table.name.replace("_", " ") + " rows"),
        table,
        lambda origins: table.c.mention_id.in_(_said_by(origins)),
        _never_again if table is gone.HOLDING[0] else None,
    )


HOLDINGS = (*map(_holding, gone.HOLDING), *people.HOLDINGS)
"""What was read in mentions, mentions, and speakers last: by these the others are found."""
