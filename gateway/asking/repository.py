"""Queries of links."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.asking.tables import consent_ask
from kernel.store.holdings import rows_about


async def add_asks(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep new links."""
    if rows:
        await tx.execute(sa.insert(consent_ask), list(rows))


async def ask_by_hash(tx: AsyncConnection, token_hash: str, *, lock: bool = False) -> Any:
    """The link of a token's hash, None where there is none."""
    query = sa.select(consent_ask).where(consent_ask.c.token_hash == token_hash)
    return (await tx.execute(query.with_for_update() if lock else query)).first()


async def mark_answered(tx: AsyncConnection, token_hash: str, at: datetime) -> None:
    """The link has been used."""
    mine = consent_ask.c.token_hash == token_hash
    await tx.execute(sa.update(consent_ask).where(mine).values(answered_at=at))


async def drop_expired(tx: AsyncConnection, now: datetime) -> None:
    """Forget links that lead nowhere any more."""
    await tx.execute(sa.delete(consent_ask).where(consent_ask.c.expires_at < now))


HOLDINGS = (rows_about("links to consent", consent_ask.c.subject),)
