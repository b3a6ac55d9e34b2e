"""Connectors, their state and health."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.social.connectors.tables import connector


async def insert_connector(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Store a new connector."""
    await tx.execute(sa.insert(connector).values(**row))


async def select_connector(tx: AsyncConnection, connector_id: str) -> sa.Row[Any] | None:
    """An open connector by its id."""
    query = sa.select(connector).where(connector.c.connector_id == connector_id, connector.c.enabled)
    return (await tx.execute(query)).one_or_none()


async def select_page(tx: AsyncConnection, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Connectors by id, which is the order of their making."""
    query = sa.select(connector).order_by(connector.c.connector_id).limit(limit)
    return (await tx.execute(query.where(connector.c.connector_id > after) if after else query)).all()


async def change_connector(tx: AsyncConnection, connector_id: str, **values: Any) -> bool:
    """Change an open connector; False where there is none."""
    one = sa.update(connector).where(connector.c.connector_id == connector_id, connector.c.enabled)
    return bool((await tx.execute(one.values(**values))).rowcount)


async def exists_due(tx: AsyncConnection, now_ms: int) -> bool:
    """Whether a connector is due."""
    query = sa.select(sa.literal(1)).where(connector.c.enabled, connector.c.next_ms <= now_ms)
    return bool(await tx.scalar(query.limit(1)))


async def claim_due(tx: AsyncConnection, now_ms: int, until_ms: int) -> sa.Row[Any] | None:
    """The connector that has waited longest to be read, kept from others until `until_ms`; None where none is due."""
    due = sa.select(connector).where(connector.c.enabled, connector.c.next_ms <= now_ms)
    query = due.order_by(connector.c.next_ms).limit(1).with_for_update(skip_locked=True)
    row = (await tx.execute(query)).one_or_none()
    if row is not None:
        await change_connector(tx, row.connector_id, next_ms=until_ms)
    return row
