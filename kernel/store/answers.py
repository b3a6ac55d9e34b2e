"""Every query about kept answers: the first answer under an Idempotency-Key, for 24 hours."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.holdings import Holding
from kernel.store.tables import StoreTables

KEPT_FOR: Final = timedelta(hours=24)


async def find_answer(
    tx: AsyncConnection, store: StoreTables, key: bytes, now: datetime
) -> sa.Row[Any] | None:
    """The `request`, `answer` and time under that key, if it is no older than it may be."""
    table = store.kept_answer
    query = sa.select(table).where(table.c.id == key, table.c.at > now - KEPT_FOR)
    return (await tx.execute(query)).first()


async def put_answer(tx: AsyncConnection, store: StoreTables, values: Mapping[str, Any]) -> None:
    """Keep an answer in place of one under the same key without, and forget those that are too old."""
    table = store.kept_answer
    old = sa.or_(table.c.at <= values["at"] - KEPT_FOR, table.c.id == values["id"])
    await tx.execute(sa.delete(table).where(old))
    await tx.execute(sa.insert(table).values(**values))


async def lock_key(tx: AsyncConnection, key: bytes) -> bool:
    """Hold `key` until the transaction ends; False where another process does. On SQLite one process writes alone."""
    if tx.dialect.name != "postgresql":
        return True
    number = int.from_bytes(key[:8], signed=True)
    return bool(await tx.scalar(sa.text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": number}))


def answers_about(store: StoreTables) -> Holding:
    """The kept answers that name a person."""
    table = store.kept_answer

    def about(origins: Sequence[str]) -> sa.ColumnElement[bool]:
        return sa.or_(sa.false(), *(table.c.mentions.contains(origin) for origin in origins))

    return Holding("kept answers", table, about)
