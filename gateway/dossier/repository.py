"""What the gateway's own tables say for the record of processing."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.alerts.tables import alert
from gateway.clients.tables import client
from gateway.consent.tables import consent_state, notice
from gateway.privacy.tables import request
from gateway.register.tables import recipient


async def people(tx: AsyncConnection, now: int) -> tuple[int, int]:
    """How many people the ledger knows, and how many of them are noted as children (`now` in µs)."""
    known = await tx.scalar(sa.select(sa.func.count()).select_from(consent_state))
    young = await tx.scalar(sa.select(sa.func.count()).where(consent_state.c.of_age_at > now))
    return known or 0, young or 0


async def clients(tx: AsyncConnection) -> list[dict[str, Any]]:
    """Every client: who it is and what it may ask for."""
    names = ("id", "name", "kind", "scopes", "purposes", "fields", "source", "created_at")
    rows = await tx.execute(sa.select(*(client.c[name] for name in names)).order_by(client.c.id))
    return [row._asdict() for row in rows]


async def notices(tx: AsyncConnection) -> list[dict[str, Any]]:
    """The newest version of each notice."""
    newest = sa.select(notice.c.key, sa.func.max(notice.c.version).label("version")).group_by(notice.c.key)
    last = newest.subquery()
    names = ("key", "version", "purposes", "sha256", "controller", "recipients", "valid_days")
    query = sa.select(*(notice.c[name] for name in names)).join(
        last, sa.and_(notice.c.key == last.c.key, notice.c.version == last.c.version)
    )
    return [row._asdict() for row in await tx.execute(query.order_by(notice.c.key))]


async def recipients(tx: AsyncConnection) -> list[dict[str, Any]]:
    """The whole register."""
    return [row._asdict() for row in await tx.execute(sa.select(recipient).order_by(recipient.c.key))]


async def requests(tx: AsyncConnection, now: datetime) -> dict[str, Any]:
    """How many requests of each kind there were, and how many are overdue."""
    rows = await tx.execute(sa.select(request.c.kind, sa.func.count().label("n")).group_by(request.c.kind))
    is_open = request.c.state.in_(("received", "running"))
    overdue = await tx.scalar(sa.select(sa.func.count()).where(is_open, request.c.due_at < now))
    return {"by_kind": {row.kind: row.n for row in rows}, "overdue": overdue or 0}


async def emergencies(tx: AsyncConnection) -> int:
    """How often a seal was broken."""
    return await tx.scalar(sa.select(sa.func.count()).where(alert.c.kind == "emergency")) or 0
