"""Queries of holds."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, select_any
from services.ingest import moments
from services.ingest.holds.domain import Hold
from services.ingest.holds.tables import held, hold
from services.ingest.identity.service import are_read_as_one

_in_force = hold.c.released_at.is_(None)


async def add_hold(tx: AsyncConnection, made: Hold) -> None:
    """Keep a new hold."""
    row = msgspec.to_builtins(made) | {"kinds": f" {' '.join(made.kinds)} ", "fields": list(made.fields)}
    await tx.execute(sa.insert(hold).values(row))


async def holds_of(tx: AsyncConnection, subjects: Sequence[str], *, in_force: bool = False) -> list[Hold]:
    """Holds on these subjects, oldest first; with `in_force` those that were not released."""
    query = sa.select(hold).where(_in_force) if in_force else sa.select(hold)
    rows = await select_any(tx, query, hold.c.subject_id, subjects)
    return sorted((_hold(row) for row in rows), key=lambda one: one.id)


async def hold_by_id(tx: AsyncConnection, key: str, *, lock: bool = False) -> Hold | None:
    """A hold by its id."""
    query = sa.select(hold).where(hold.c.id == key)
    row = (await tx.execute(query.with_for_update() if lock else query)).first()
    return _hold(row) if row is not None else None


async def run_out(tx: AsyncConnection, now: int) -> list[Hold]:
    """Holds in force whose time has come."""
    rows = await tx.execute(sa.select(hold).where(_in_force, hold.c.until <= now).limit(1_000))
    return [_hold(row) for row in rows]


async def add_held(tx: AsyncConnection, hold_id: str, rows: Sequence[Any], sealed: Sequence[bytes]) -> None:
    """Keep the held parts of records (rows with id, source, kind, occurred_at); those that are kept stay."""
    columns: dict[str, Sequence[Any]] = {
        "hold_id": [hold_id] * len(rows),
        "record_id": [row.id for row in rows],
        "source": [row.source for row in rows],
        "kind": [row.kind for row in rows],
        "occurred_at": [row.occurred_at for row in rows],
        "sealed": sealed,
    }
    await insert_many(tx, held, columns, conflict="(hold_id, record_id, source) DO NOTHING")


async def page_of_held(
    tx: AsyncConnection, hold_id: str, after: tuple[str, str] | None, limit: int
) -> Sequence[Any]:
    """Held parts in the order of record ids, from after a position (record_id, source)."""
    query = sa.select(held).where(held.c.hold_id == hold_id)
    if after:
        query = query.where(sa.tuple_(held.c.record_id, held.c.source) > after)
    return (await tx.execute(query.order_by(held.c.record_id, held.c.source).limit(limit))).all()


async def counts_of(tx: AsyncConnection, hold_ids: Sequence[str]) -> dict[str, int]:
    """How many records each hold holds."""
    query = sa.select(held.c.hold_id, sa.func.count().label("n")).group_by(held.c.hold_id)
    return {row.hold_id: row.n for row in await select_any(tx, query, held.c.hold_id, hold_ids)}


async def end(tx: AsyncConnection, hold_id: str) -> int:
    """Delete what a hold holds and mark it as released; how many records' parts that was."""
    gone = await tx.execute(sa.delete(held).where(held.c.hold_id == hold_id))
    await tx.execute(sa.update(hold).where(hold.c.id == hold_id).values(released_at=moments.now()))
    return gone.rowcount


def spares(subject: sa.ColumnElement[str], kind: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that a hold in force, on whomever it is read as, keeps records of this kind of this subject."""
    named = hold.c.kinds.contains(sa.literal(" ").concat(kind).concat(" "))
    return sa.exists().where(are_read_as_one(hold.c.subject_id, subject), _in_force, named)


def _hold(row: Any) -> Hold:
    return Hold(**{**row._mapping, "kinds": tuple(row.kinds.split()), "fields": tuple(row.fields)})
