"""Queries of plans."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.plans.domain.plan import Plan, Rules
from services.ingest.plans.tables import plan

_decode = msgspec.json.Decoder(Rules).decode
_later = plan.alias()
_NEWEST = ~sa.exists().where(
    _later.c.source == plan.c.source, _later.c.kind == plan.c.kind, _later.c.version > plan.c.version
)


async def plans_in_force(tx: AsyncConnection) -> list[Plan]:
    """The newest version of every plan."""
    return [_plan(row) for row in await tx.execute(sa.select(plan).where(_NEWEST))]


async def newest(tx: AsyncConnection, source: str, kind: str) -> Plan | None:
    """The version in force of one plan."""
    query = sa.select(plan).where(plan.c.source == source, plan.c.kind == kind)
    row = (await tx.execute(query.order_by(plan.c.version.desc()).limit(1))).first()
    return _plan(row) if row else None


async def add_plan(tx: AsyncConnection, new: Plan) -> None:
    """Keep a version."""
    row = {**msgspec.structs.asdict(new), "rules": msgspec.json.encode(new.rules)}
    await tx.execute(sa.insert(plan).values(row))


async def page_of_plans(
    tx: AsyncConnection, source: str, kind: str | None, after: tuple[int, str] | None, limit: int
) -> Sequence[Plan]:
    """Versions of a source's plans, newest first; one more than `limit` where there is another page."""
    query = sa.select(plan).where(plan.c.source == source)
    if kind is not None:
        query = query.where(plan.c.kind == kind)
    if after is not None:
        query = query.where(sa.tuple_(plan.c.created_at, plan.c.kind) < after)
    query = query.order_by(plan.c.created_at.desc(), plan.c.kind.desc()).limit(limit + 1)
    return [_plan(row) for row in await tx.execute(query)]


def _plan(row: Any) -> Plan:
    return Plan(row.source, row.kind, row.version, row.enforcement, _decode(row.rules), row.created_at)
