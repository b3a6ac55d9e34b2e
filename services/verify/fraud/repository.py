"""Queries of alerts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many
from services.verify.fraud.domain import Doubt, window_of
from services.verify.fraud.tables import alert

_MORE = (
    "(bucket, rule, scope) DO UPDATE SET n = fraud_alert.n + 1, detail = excluded.detail, "
    "blocked = excluded.blocked, last_at = excluded.last_at"
)


async def add_alert(tx: AsyncConnection, doubt: Doubt, blocked: bool, now: datetime) -> None:
    """Count a doubt in its alert."""
    row: dict[str, Sequence[object]] = {
        "bucket": [window_of(now)],
        "rule": [doubt.code],
        "scope": [doubt.scope],
        "n": [1],
        "detail": [doubt.detail],
        "blocked": [blocked],
        "first_at": [now],
        "last_at": [now],
    }
    await insert_many(tx, alert, row, conflict=_MORE)


async def list_alerts(
    connection: AsyncConnection, before: tuple[datetime, str, str] | None, limit: int
) -> list[sa.Row[tuple[object, ...]]]:
    """The newest windows first."""
    query = sa.select(alert).order_by(alert.c.bucket.desc(), alert.c.rule, alert.c.scope).limit(limit)
    if before:
        window, rule, scope = before
        later = sa.and_(alert.c.bucket == window, sa.tuple_(alert.c.rule, alert.c.scope) > (rule, scope))
        query = query.where(sa.or_(alert.c.bucket < window, later))
    return list(await connection.execute(query))


async def forget(tx: AsyncConnection, now: datetime, keep: timedelta) -> None:
    """Delete alerts older than `keep`."""
    await tx.execute(sa.delete(alert).where(alert.c.bucket < now - keep))
