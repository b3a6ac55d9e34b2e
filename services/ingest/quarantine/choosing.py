"""Queries of operators: lists of items by what is sought, what was done with them, and jobs over many."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ids import new_id
from kernel.store.bulk import insert_many, one_of, select_any
from services.ingest import moments
from services.ingest.quarantine.domain import CONTESTED, HELD, Change, Sought
from services.ingest.quarantine.tables import quarantine, quarantine_change, quarantine_job

RUNNING, DONE = "running", "done"


async def page_of(
    tx: AsyncConnection, sought: Sought, after: tuple[int, str] | None, limit: int
) -> Sequence[Any]:
    """Items, oldest first, from after a position (received_at, id)."""
    query = _narrowed(tx, sa.select(quarantine), sought)
    if after:
        query = query.where(sa.tuple_(quarantine.c.received_at, quarantine.c.id) > after)
    rows: Sequence[Any] = (
        await tx.execute(query.order_by(quarantine.c.received_at, quarantine.c.id).limit(limit))
    ).all()
    return rows


async def group_of(tx: AsyncConnection, sought: Sought, upto: str | None, limit: int) -> Sequence[Any]:
    """Items by id from after `upto`, locked on a server."""
    query = _narrowed(tx, sa.select(quarantine), sought)
    if upto:
        query = query.where(quarantine.c.id > upto)
    rows: Sequence[Any] = (
        await tx.execute(query.order_by(quarantine.c.id).limit(limit).with_for_update())
    ).all()
    return rows


async def count_of(tx: AsyncConnection, sought: Sought) -> int:
    """How many there are."""
    query = _narrowed(tx, sa.select(sa.func.count()).select_from(quarantine), sought)
    return int(await tx.scalar(query) or 0)


def _narrowed(tx: AsyncConnection, query: sa.Select[Any], sought: Sought) -> sa.Select[Any]:
    columns = quarantine.c
    query = query.where(columns.state == sought.state)
    if sought.source is not None:
        query = query.where(columns.source == sought.source)
    if sought.kind is not None:
        query = query.where(columns.kind == sought.kind)
    if sought.since is not None:
        query = query.where(columns.received_at >= sought.since)
    if sought.until is not None:
        query = query.where(columns.received_at < sought.until)
    if sought.ids is not None:
        query = query.where(one_of(tx, columns.id, sought.ids))
    if sought.reason is not None:
        written = msgspec.json.encode(sought.reason).decode()
        query = query.where(_text(tx, columns.reasons).contains(f'"code":{written}', autoescape=True))
    return query


def _text(tx: AsyncConnection, column: sa.Column[bytes]) -> sa.ColumnElement[str]:
    """JSON that is kept as bytes, as text."""
    if tx.dialect.name == "postgresql":
        return sa.func.convert_from(column, "UTF8", type_=sa.Text)
    return sa.cast(column, sa.Text)


async def contested_of(tx: AsyncConnection, hashes: Sequence[bytes]) -> set[bytes]:
    """Those contents that are held as contested already."""
    query = sa.select(quarantine.c.content_hash).where(quarantine.c.state == CONTESTED)
    return {bytes(row[0]) for row in await select_any(tx, query, quarantine.c.content_hash, hashes)}


async def expired(tx: AsyncConnection, before: int, limit: int) -> list[str]:
    """Ids of items that were received before a moment and are still held."""
    query = sa.select(quarantine.c.id).where(quarantine.c.state.in_(HELD), quarantine.c.received_at < before)
    rows = await tx.execute(
        query.order_by(quarantine.c.received_at).limit(limit).with_for_update(skip_locked=True)
    )
    return [row.id for row in rows]


async def note_changes(tx: AsyncConnection, changes: Sequence[Change]) -> None:
    """Keep what was done."""
    columns: dict[str, list[Any]] = {
        name: [getattr(one, name) for one in changes] for name in Change.__struct_fields__
    }
    columns["id"] = [new_id() for _ in changes]
    columns["at"] = [moments.now()] * len(changes)
    await insert_many(tx, quarantine_change, columns)


async def changes_of(tx: AsyncConnection, key: str) -> Sequence[Any]:
    """What was done with an item, oldest first."""
    query = sa.select(quarantine_change).where(quarantine_change.c.quarantine_id == key)
    return (await tx.execute(query.order_by(quarantine_change.c.id))).all()


async def add_job(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a job that is to run."""
    await tx.execute(sa.insert(quarantine_job).values(**row))


async def job_by_id(tx: AsyncConnection, key: str) -> Any:
    """A job by its id."""
    return (await tx.execute(sa.select(quarantine_job).where(quarantine_job.c.id == key))).first()


async def any_job(tx: AsyncConnection) -> bool:
    """Whether a job is to run."""
    query = sa.select(quarantine_job.c.id).where(quarantine_job.c.state == RUNNING).limit(1)
    return (await tx.execute(query)).first() is not None


async def take_job(tx: AsyncConnection) -> Any:
    """The oldest job that nobody works at, locked on a server."""
    query = sa.select(quarantine_job).where(quarantine_job.c.state == RUNNING).order_by(quarantine_job.c.id)
    return (await tx.execute(query.limit(1).with_for_update(skip_locked=True))).first()


async def change_job(tx: AsyncConnection, key: str, **values: Any) -> None:
    """How far a job is."""
    await tx.execute(sa.update(quarantine_job).where(quarantine_job.c.id == key).values(**values))
