"""Every query of alerts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.alerts.tables import alert


async def find(tx: AsyncConnection, kind: str, about: str) -> sa.Row[Any] | None:
    """The alert of that kind about that thing."""
    return (await tx.execute(sa.select(alert).where(alert.c.kind == kind, alert.c.about == about))).first()


async def add(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep an alert. Raises IntegrityError where another replica raised it."""
    await tx.execute(sa.insert(alert).values(**row))


async def close(tx: AsyncConnection, alert_id: str, at: datetime) -> sa.Row[Any] | None:
    """Note that somebody looked; the first time counts. None where there is no such alert."""
    mine = alert.c.id == alert_id
    await tx.execute(sa.update(alert).where(mine, alert.c.closed_at.is_(None)).values(closed_at=at))
    return (await tx.execute(sa.select(alert).where(mine))).first()


async def page_of(
    tx: AsyncConnection, *, is_open: bool | None, before: str | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Alerts, the newest first."""
    query = sa.select(alert).order_by(alert.c.id.desc()).limit(limit)
    if is_open is not None:
        query = query.where(alert.c.closed_at.is_(None) if is_open else alert.c.closed_at.is_not(None))
    if before:
        query = query.where(alert.c.id < before)
    return (await tx.execute(query)).all()
