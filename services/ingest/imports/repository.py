"""Queries of imports."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest import moments
from services.ingest.imports.tables import import_file, import_group

QUEUED, RUNNING, DONE, FAILED, UNDONE = "queued", "running", "done", "failed", "undone"
COUNTS = ("accepted", "duplicate", "conflict", "quarantined", "failed")

_COLUMNS = [column for column in import_file.c if column.name != "plan"]


async def add_import(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a new import, queued."""
    blank = {
        "state": QUEUED,
        "upto": 0,
        "undo": False,
        "attempts": 0,
        "held_until": 0,
        **dict.fromkeys(COUNTS, 0),
    }
    await tx.execute(sa.insert(import_file).values(**blank, **row))


async def import_by_id(tx: AsyncConnection, key: str, *, lock: bool = False) -> Any:
    """One import, None where there is none."""
    query = sa.select(import_file).where(import_file.c.id == key)
    return (await tx.execute(query.with_for_update() if lock else query)).first()


async def page_of_imports(tx: AsyncConnection, after: tuple[int, str] | None, limit: int) -> Sequence[Any]:
    """Imports, newest first, from after a position (created_at, id)."""
    query = sa.select(*_COLUMNS)
    if after:
        query = query.where(sa.tuple_(import_file.c.created_at, import_file.c.id) < after)
    query = query.order_by(import_file.c.created_at.desc(), import_file.c.id.desc()).limit(limit)
    return (await tx.execute(query)).all()


async def first_of_file(tx: AsyncConnection, digest: bytes, kind: str, source: str) -> int | None:
    """When this file was first imported as this kind from this source, those undone aside."""
    same = (import_file.c.digest == digest, import_file.c.kind == kind, import_file.c.source == source)
    query = sa.select(sa.func.min(import_file.c.created_at)).where(*same, import_file.c.state != UNDONE)
    found: int | None = await tx.scalar(query)
    return found


def _waits(now: int) -> sa.ColumnElement[bool]:
    open_ = import_file.c.state.in_([QUEUED, RUNNING])
    return sa.and_(
        sa.or_(open_, import_file.c.undo), import_file.c.state != UNDONE, import_file.c.held_until < now
    )


async def anything_waits(tx: AsyncConnection, now: int) -> bool:
    """Whether there is an import to work on."""
    return (await tx.execute(sa.select(import_file.c.id).where(_waits(now)).limit(1))).first() is not None


async def claim(tx: AsyncConnection, holder: str, now: int, until: int) -> Any:
    """The oldest import that waits, held until `until`; None where none does."""
    query = sa.select(import_file).where(_waits(now)).order_by(import_file.c.created_at).limit(1)
    row = (await tx.execute(query.with_for_update(skip_locked=True))).first()
    if row is not None:
        values = {"holder": holder, "held_until": until, "state": RUNNING, "attempts": row.attempts + 1}
        await tx.execute(sa.update(import_file).where(import_file.c.id == row.id).values(**values))
    return row


async def change(
    tx: AsyncConnection, key: str, holder: str, values: Mapping[str, Any], *, undo: bool
) -> bool:
    """Write to an import that is ours and whose undoing was (`undo`) or was not asked for; False where it is not."""
    mine = (import_file.c.id == key, import_file.c.holder == holder, import_file.c.undo.is_(undo))
    done = await tx.execute(sa.update(import_file).where(*mine).values(**values))
    return bool(done.rowcount)


async def advance(
    tx: AsyncConnection, key: str, holder: str, upto: int, counts: Mapping[str, int], until: int
) -> bool:
    """Count a group; False where the import is not ours any more, or is to be undone."""
    more = {name: import_file.c[name] + counts.get(name, 0) for name in COUNTS}
    return await change(
        tx, key, holder, {**more, "upto": upto, "held_until": until, "attempts": 0}, undo=False
    )


async def release(tx: AsyncConnection, key: str, holder: str) -> None:
    """Let anybody take the import up again."""
    mine = (import_file.c.id == key, import_file.c.holder == holder)
    await tx.execute(sa.update(import_file).where(*mine).values(held_until=0))


async def ask_undo(tx: AsyncConnection, key: str) -> None:
    """Note that an import is to be undone."""
    values = {"undo": True, "state": RUNNING, "attempts": 0}
    await tx.execute(sa.update(import_file).where(import_file.c.id == key).values(**values))


async def add_group(tx: AsyncConnection, key: str, upto: int, brought: bytes) -> None:
    """Keep what a group brought."""
    await tx.execute(sa.insert(import_group).values(import_id=key, upto=upto, brought=brought))


async def groups_of(tx: AsyncConnection, key: str, after: int, limit: int) -> Sequence[Any]:
    """(upto, brought) of an import's groups in order, from after one."""
    query = sa.select(import_group.c.upto, import_group.c.brought)
    query = query.where(import_group.c.import_id == key, import_group.c.upto > after)
    return (await tx.execute(query.order_by(import_group.c.upto).limit(limit))).all()


async def last_group(tx: AsyncConnection, key: str) -> Any:
    """The last group of an import, None where none is left."""
    query = sa.select(import_group.c.upto, import_group.c.brought).where(import_group.c.import_id == key)
    return (await tx.execute(query.order_by(import_group.c.upto.desc()).limit(1))).first()


async def drop_group(tx: AsyncConnection, key: str, upto: int) -> None:
    """Forget a group whose records are gone."""
    await tx.execute(
        sa.delete(import_group).where(import_group.c.import_id == key, import_group.c.upto == upto)
    )


async def open_ids(tx: AsyncConnection) -> set[str]:
    """Imports whose file is still needed."""
    query = sa.select(import_file.c.id).where(import_file.c.state.in_([QUEUED, RUNNING]))
    return {row.id for row in await tx.execute(query)}


def held_until(seconds: float) -> int:
    """The moment so far from now."""
    return moments.now() + round(seconds * 1e6)
