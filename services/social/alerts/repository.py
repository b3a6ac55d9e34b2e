"""Alerts."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.social.alerts.tables import alert


async def insert_alert(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a new alert."""
    await tx.execute(sa.insert(alert).values(**row))


async def select_page(tx: AsyncConnection, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Alerts by id, which is the order of their making."""
    query = sa.select(alert).order_by(alert.c.alert_id).limit(limit)
    return (await tx.execute(query.where(alert.c.alert_id > after) if after else query)).all()


async def change_alert(tx: AsyncConnection, alert_id: str, **values: Any) -> bool:
    """Change an open alert; False where there is none."""
    one = sa.update(alert).where(alert.c.alert_id == alert_id, alert.c.enabled)
    return bool((await tx.execute(one.values(**values))).rowcount)


async def exists_due(tx: AsyncConnection, now_ms: int) -> bool:
    """Whether an alert is due."""
    return bool(
        await tx.scalar(sa.select(sa.literal(1)).where(alert.c.enabled, alert.c.next_ms <= now_ms).limit(1))
    )


async def claim_due(tx: AsyncConnection, now_ms: int, until_ms: int) -> sa.Row[Any] | None:
    """The alert that has waited longest, kept from others until `until_ms`; None where none is due."""
    query = sa.select(alert).where(alert.c.enabled, alert.c.next_ms <= now_ms).order_by(alert.c.next_ms)
    row = (await tx.execute(query.limit(1).with_for_update(skip_locked=True))).one_or_none()
    if row is not None:
        await change_alert(tx, row.alert_id, next_ms=until_ms)
    return row
