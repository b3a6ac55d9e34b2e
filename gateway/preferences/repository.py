"""Every query of visits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.preferences.tables import visit
from kernel.store.holdings import rows_about


async def add(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a visit, and forget those that are over."""
    await tx.execute(sa.delete(visit).where(visit.c.expires_at < row["created_at"]))
    await tx.execute(sa.insert(visit).values(**row))


async def find(tx: AsyncConnection, token_hash: str, now: datetime, *, lock: bool = False) -> Any:
    """The visit of a token that is not over, None where there is none."""
    query = sa.select(visit).where(visit.c.token_hash == token_hash, visit.c.expires_at > now)
    return (await tx.execute(query.with_for_update() if lock else query)).first()


async def count_try(tx: AsyncConnection, token_hash: str) -> None:
    """One more wrong answer."""
    mine = visit.c.token_hash == token_hash
    await tx.execute(sa.update(visit).where(mine).values(tries=visit.c.tries + 1))


async def end(tx: AsyncConnection, token_hash: str) -> None:
    """Forget a visit."""
    await tx.execute(sa.delete(visit).where(visit.c.token_hash == token_hash))


HOLDINGS = (rows_about("visits of the privacy page", visit.c.subject),)
