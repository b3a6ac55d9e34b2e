"""Queries of the quarantine."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, one_of, select_any
from kernel.store.prepared import fetch_rows
from services.ingest import moments
from services.ingest.listing import Position, ReceivedRow, Sought, narrowed
from services.ingest.quarantine.domain import WAITING, Item, Reason, waits_for
from services.ingest.quarantine.tables import quarantine, quarantine_index

_encode = msgspec.json.Encoder().encode

_is_waiting = quarantine.c.state == WAITING
_ANY_WAITING = sa.select(quarantine.c.id).where(_is_waiting).limit(1)


class Waiting(NamedTuple):
    """A waiting item without its sealed record."""

    id: str
    record_id: str | None
    source: str | None
    content_hash: bytes


async def waiting_of(
    tx: AsyncConnection, record_ids: Sequence[str], hashes: Sequence[bytes]
) -> list[Waiting]:
    """Waiting items of these records, or of this content."""
    query = sa.select(*(quarantine.c[name] for name in Waiting._fields)).where(_is_waiting)
    rows: list[Any] = [*await select_any(tx, query, quarantine.c.record_id, record_ids)]
    rows += await select_any(tx, query, quarantine.c.content_hash, hashes)
    return [Waiting(*row) for row in rows]


async def anything_waits(tx: AsyncConnection) -> bool:
    """Whether there is any waiting item: mostly there is none, and nothing more to ask."""
    return bool(await fetch_rows(tx, _ANY_WAITING))


async def add_items(tx: AsyncConnection, items: Sequence[tuple[Item, bytes]]) -> None:
    """Keep items with their sealed records and blind indexes."""
    columns: dict[str, list[Any]] = {
        "id": [item.id for item, _ in items],
        "record_id": [item.record_id for item, _ in items],
        "source": [item.source for item, _ in items],
        "kind": [item.kind for item, _ in items],
        "reasons": [_encode(item.reasons) for item, _ in items],
        "waits_for": [waits_for(item.reasons) for item, _ in items],
        "due": [item.state == WAITING for item, _ in items],  # news that came meanwhile is not missed
        "received_at": [item.received_at for item, _ in items],
        "content_hash": [item.content_hash for item, _ in items],
        "sealed": [sealed for _, sealed in items],
        "state": [item.state for item, _ in items],
    }
    await insert_many(tx, quarantine, columns)
    pairs = sorted({(index, item.id) for item, _ in items for index in item.indexes})
    await insert_many(
        tx,
        quarantine_index,
        {"index": [pair[0] for pair in pairs], "quarantine_id": [pair[1] for pair in pairs]},
    )


async def settle(tx: AsyncConnection, outcomes: Mapping[str, tuple[str, str | None]]) -> None:
    """Let items leave: id to (state, record it became). What was sealed goes, the lineage stays."""
    change = (
        sa.update(quarantine)
        .where(quarantine.c.id == sa.bindparam("item"))
        .values(state=sa.bindparam("left"), settled_as=sa.bindparam("became"), settled_at=moments.now())
        .values(sealed=None, due=False, waits_for=None)
    )
    await tx.execute(
        change, [{"item": key, "left": state, "became": became} for key, (state, became) in outcomes.items()]
    )
    await tx.execute(sa.delete(quarantine_index).where(quarantine_index.c.quarantine_id.in_(list(outcomes))))


async def rejudged(tx: AsyncConnection, reasons: Mapping[str, Sequence[Reason]]) -> None:
    """Items that are still bad wait on, for what they now lack."""
    change = (
        sa.update(quarantine)
        .where(quarantine.c.id == sa.bindparam("item"))
        .values(reasons=sa.bindparam("why"), waits_for=sa.bindparam("need"), due=False)
    )
    rows = [{"item": key, "why": _encode(found), "need": waits_for(found)} for key, found in reasons.items()]
    if rows:
        await tx.execute(change, rows)


async def mark_due(tx: AsyncConnection, condition: sa.ColumnElement[bool]) -> None:
    """Let waiting items that meet `condition` be judged again."""
    await tx.execute(sa.update(quarantine).where(_is_waiting, condition).values(due=True))


async def ids_by_indexes(tx: AsyncConnection, indexes: Sequence[bytes]) -> list[str]:
    """The items found by these blind indexes."""
    query = sa.select(quarantine_index.c.quarantine_id)
    rows = await select_any(tx, query, quarantine_index.c.index, indexes)
    return sorted({row[0] for row in rows})


async def mark_due_ids(tx: AsyncConnection, ids: Sequence[str], need: str) -> None:
    """Let these items be judged again if `need` is what they wait for."""
    for start in range(0, len(ids), 1_000):
        chunk = ids[start : start + 1_000]
        await mark_due(tx, sa.and_(quarantine.c.waits_for == need, quarantine.c.id.in_(chunk)))


def _is_due(*, view_is_fresh: bool) -> sa.ColumnElement[bool]:
    due = quarantine.c.due.is_(True)
    return sa.or_(due, quarantine.c.waits_for == "view") if view_is_fresh else due


async def anything_due(tx: AsyncConnection, *, view_is_fresh: bool) -> bool:
    """Whether there is an item to judge now."""
    query = sa.select(quarantine.c.id).where(_is_waiting, _is_due(view_is_fresh=view_is_fresh)).limit(1)
    return (await tx.execute(query)).first() is not None


async def take_due(tx: AsyncConnection, limit: int, *, view_is_fresh: bool) -> Sequence[Any]:
    """Items to judge now, oldest first, locked on a server so that two processes share the work."""
    ready = _is_due(view_is_fresh=view_is_fresh)
    query = (
        sa.select(quarantine.c.id, quarantine.c.record_id, quarantine.c.source, quarantine.c.sealed)
        .where(_is_waiting, ready)
        .order_by(quarantine.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await tx.execute(query)).all()


async def item_by_id(tx: AsyncConnection, key: str, *, lock: bool = False) -> Any:
    """An item by its id."""
    query = sa.select(quarantine).where(quarantine.c.id == key)
    return (await tx.execute(query.with_for_update() if lock else query)).first()


async def items_of(tx: AsyncConnection, record_id: str) -> Sequence[Any]:
    """Every item that held or became a record, oldest first."""
    query = sa.select(quarantine).where(
        sa.or_(quarantine.c.record_id == record_id, quarantine.c.settled_as == record_id)
    )
    return (await tx.execute(query.order_by(quarantine.c.id))).all()


async def page_of_received(
    tx: AsyncConnection, sought: Sought, after: Position | None, limit: int
) -> list[ReceivedRow]:
    """Waiting records in a list of received ones, newest first."""
    query = sa.select(
        quarantine.c.received_at, quarantine.c.id, quarantine.c.record_id, quarantine.c.source,
        quarantine.c.kind, quarantine.c.reasons,
    ).where(_is_waiting)  # fmt: skip
    if sought.kind is not None:
        query = query.where(quarantine.c.kind == sought.kind)
    query = narrowed(
        query, sought, after, at=quarantine.c.received_at, key=quarantine.c.id, source=quarantine.c.source
    )
    rows: Any = await tx.execute(query.limit(limit))
    return [
        ReceivedRow(at, key, record_id, source, "quarantined", kind, None, reasons)
        for at, key, record_id, source, kind, reasons in rows
    ]


async def delete_items(tx: AsyncConnection, ids: Sequence[str]) -> int:
    """Delete items whatever their state, with their blind indexes; how many."""
    await tx.execute(sa.delete(quarantine_index).where(quarantine_index.c.quarantine_id.in_(ids)))
    return (await tx.execute(sa.delete(quarantine).where(quarantine.c.id.in_(ids)))).rowcount


async def lineage_ids(tx: AsyncConnection, record_ids: Sequence[str]) -> list[str]:
    """Items that held, or became, one of these records."""
    query = sa.select(quarantine.c.id)
    rows = [*await select_any(tx, query.where(~_is_waiting), quarantine.c.record_id, record_ids)]
    return sorted({row.id for row in rows})


async def held_items(tx: AsyncConnection, ids: Sequence[str]) -> Sequence[Any]:
    """Those of these items whose content is still held, oldest first."""
    rows = await select_any(
        tx, sa.select(quarantine).where(quarantine.c.sealed.is_not(None)), quarantine.c.id, ids
    )
    return sorted(rows, key=lambda row: (row.received_at, row.id))


async def items_by_ids(tx: AsyncConnection, ids: Sequence[str]) -> Sequence[Any]:
    """(id, state, settled_as, source) of these items, those that there are."""
    query = sa.select(quarantine.c.id, quarantine.c.state, quarantine.c.settled_as, quarantine.c.source)
    return await select_any(tx, query, quarantine.c.id, ids)


async def remove_items(tx: AsyncConnection, ids: Sequence[str]) -> None:
    """Remove items with their blind indexes and their lineage."""
    if ids:
        mine = one_of(tx, quarantine_index.c.quarantine_id, ids)
        await tx.execute(sa.delete(quarantine_index).where(mine))
        await tx.execute(sa.delete(quarantine).where(one_of(tx, quarantine.c.id, ids)))
