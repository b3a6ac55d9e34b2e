"""Queries of records, facets and attempts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import Columns, insert_many, one_of, select_any
from kernel.store.prepared import fetch_any
from services.ingest.listing import Position, ReceivedRow, Sought, narrowed
from services.ingest.records.tables import attempt, facet, record


class Stored(NamedTuple):
    """A stored record without what it says."""

    id: str
    source: str
    subject_id: str | None
    content_hash: bytes


_STORED = sa.select(*(record.c[name] for name in Stored._fields))


async def stored_of(tx: AsyncConnection, ids: Sequence[str]) -> dict[tuple[str, str], Stored]:
    """Those of these records that are stored, by (id, source)."""
    rows: Sequence[Any] = await fetch_any(tx, _STORED, record.c.id, ids)
    return {(row[0], row[1]): Stored(*row) for row in rows}


async def add_records(tx: AsyncConnection, columns: Columns) -> None:
    """Store records, given by column. Raises IntegrityError where another transaction just stored one of them."""
    await insert_many(tx, record, columns)


async def add_facets(tx: AsyncConnection, rows: Sequence[tuple[str, bytes, str, str, int]]) -> None:
    """Note which records tell something new: (subject, hash, record, source, occurred_at)."""
    if rows:
        names = ("subject_id", "hash", "record_id", "source", "occurred_at")
        columns = dict(zip(names, map(list, zip(*sorted(rows), strict=True)), strict=True))
        await insert_many(tx, facet, columns, conflict="(subject_id, hash) DO NOTHING")


async def add_attempts(tx: AsyncConnection, rows: Sequence[tuple[str, str, str, str, int]]) -> None:
    """Note repeated records: (id, record, source, status, at)."""
    if rows:
        names = ("id", "record_id", "source", "status", "at")
        await insert_many(tx, attempt, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


async def sealed_of(tx: AsyncConnection, record_id: str, source: str) -> bytes | None:
    """A record's envelope."""
    query = sa.select(record.c.sealed).where(record.c.id == record_id, record.c.source == source)
    return await tx.scalar(query)


async def remove_record(tx: AsyncConnection, known: Stored) -> None:
    """Take a stored record out, with what it was the one to tell of its person: another takes its place.

    The person's remembered facets are forgotten, so that the next record tells each of them anew.
    """
    gone = sa.and_(facet.c.record_id == known.id, facet.c.source == known.source)
    await tx.execute(sa.delete(facet).where(facet.c.subject_id == known.subject_id, gone))
    await tx.execute(sa.delete(record).where(record.c.id == known.id, record.c.source == known.source))


async def telling_records(tx: AsyncConnection, subject: str, limit: int) -> Sequence[Any]:
    """(id, source, sealed) of the records that tell something of a person, newest first."""
    query = (
        sa.select(record.c.id, record.c.source, record.c.sealed)
        .join_from(
            facet, record, sa.and_(record.c.id == facet.c.record_id, record.c.source == facet.c.source)
        )
        .where(facet.c.subject_id == subject, record.c.subject_id == subject)
        .order_by(facet.c.occurred_at.desc())
        .limit(limit)
    )
    return (await tx.execute(query)).all()


async def telling_page(tx: AsyncConnection, after: tuple[str, bytes], limit: int) -> Sequence[Any]:
    """(subject, hash, id, source, sealed) of records that tell something of a person, in one order."""
    query = (
        sa.select(facet.c.subject_id, facet.c.hash, record.c.id, record.c.source, record.c.sealed)
        .join_from(
            facet, record, sa.and_(record.c.id == facet.c.record_id, record.c.source == facet.c.source)
        )
        .where(sa.tuple_(facet.c.subject_id, facet.c.hash) > _position(after))
        .where(record.c.subject_id == facet.c.subject_id)
        .order_by(facet.c.subject_id, facet.c.hash)
        .limit(limit)
    )
    return (await tx.execute(query)).all()


def _position(after: tuple[str, bytes]) -> sa.Tuple:
    key, told = after
    return sa.tuple_(sa.literal(key, facet.c.subject_id.type), sa.literal(told, facet.c.hash.type))


async def count_telling(tx: AsyncConnection) -> int:
    """How many rows the pages of `telling_page` have, about."""
    return await tx.scalar(sa.select(sa.func.count()).select_from(facet)) or 0


async def record_of(tx: AsyncConnection, record_id: str, source: str | None) -> Any:
    """A stored record by its id, the newest where several sources used one id and none is asked for."""
    query = sa.select(
        record.c.id, record.c.source, record.c.subject_id, record.c.kind, record.c.channel,
        record.c.occurred_at, record.c.received_at,
    ).where(record.c.id == record_id)  # fmt: skip
    if source:
        query = query.where(record.c.source == source)
    return (await tx.execute(query.order_by(record.c.received_at.desc()).limit(1))).first()


async def attempts_of(tx: AsyncConnection, record_id: str, limit: int = 100) -> Sequence[Any]:
    """When a record was sent again, oldest first."""
    query = sa.select(attempt).where(attempt.c.record_id == record_id).order_by(attempt.c.id).limit(limit)
    return (await tx.execute(query)).all()


async def page_of_stored(
    tx: AsyncConnection, sought: Sought, after: Position | None, limit: int
) -> list[ReceivedRow]:
    """Stored records, newest first."""
    query = sa.select(record.c.received_at, record.c.id, record.c.source, record.c.kind, record.c.subject_id)
    if sought.kind is not None:
        query = query.where(record.c.kind == sought.kind)
    query = narrowed(query, sought, after, at=record.c.received_at, key=record.c.id, source=record.c.source)
    rows: Any = await tx.execute(query.limit(limit))
    return [
        ReceivedRow(at, key, key, source, "accepted", kind, subject)
        for at, key, source, kind, subject in rows
    ]


async def page_of_attempts(
    tx: AsyncConnection, sought: Sought, after: Position | None, limit: int
) -> list[ReceivedRow]:
    """Records that were sent again, newest first, with kind and subject of the one that is stored."""
    same = sa.and_(record.c.id == attempt.c.record_id, record.c.source == attempt.c.source)
    query = sa.select(
        attempt.c.at, attempt.c.id, attempt.c.record_id, attempt.c.source, attempt.c.status,
        record.c.kind, record.c.subject_id,
    ).join_from(attempt, record, same, isouter=True)  # fmt: skip
    if sought.kind is not None:
        query = query.where(record.c.kind == sought.kind)
    if sought.status is not None:
        query = query.where(attempt.c.status == sought.status)
    query = narrowed(query, sought, after, at=attempt.c.at, key=attempt.c.id, source=attempt.c.source)
    return [ReceivedRow(*row) for row in await tx.execute(query.limit(limit))]


async def page_of_nobody(
    tx: AsyncConnection, sought: Sought, after: Position | None, limit: int
) -> Sequence[Any]:
    """Stored records about nobody with their envelopes, newest first."""
    query = sa.select(record).where(record.c.subject_id.is_(None))
    if sought.kind is not None:
        query = query.where(record.c.kind == sought.kind)
    query = narrowed(query, sought, after, at=record.c.received_at, key=record.c.id, source=record.c.source)
    found: Sequence[Any] = (await tx.execute(query.limit(limit))).all()
    return found


class Kept(NamedTuple):
    """A stored record with all that is needed to open it."""

    id: str
    source: str
    subject_id: str | None
    kind: str
    occurred_at: int
    received_at: int
    sealed: bytes


_KEPT = sa.select(*(record.c[name] for name in Kept._fields))


async def records_with(tx: AsyncConnection, ids: Sequence[str]) -> list[Kept]:
    """The stored records of these ids, of whatever source."""
    return [Kept._make(row) for row in await select_any(tx, _KEPT, record.c.id, ids)]


async def records_about(tx: AsyncConnection, subjects: Sequence[str]) -> list[Kept]:
    """Every record of these origins, in the order of receipt."""
    rows = await select_any(tx, _KEPT, record.c.subject_id, subjects)
    return sorted((Kept._make(row) for row in rows), key=lambda row: (row.received_at, row.id))


async def happened_to(
    tx: AsyncConnection, subjects: Sequence[str], after: tuple[int, str] | None, limit: int
) -> Sequence[Any]:
    """Records of these origins, the newest happening first, from `after` (occurred_at, id) on."""
    query = sa.select(
        record.c.id, record.c.source, record.c.subject_id, record.c.kind, record.c.channel,
        record.c.occurred_at, record.c.sealed,
    ).where(one_of(tx, record.c.subject_id, subjects))  # fmt: skip
    place = sa.tuple_(record.c.occurred_at, record.c.id)
    if after:
        query = query.where(place < sa.tuple_(sa.literal(after[0]), sa.literal(after[1], record.c.id.type)))
    query = query.order_by(record.c.occurred_at.desc(), record.c.id.desc()).limit(limit)
    return (await tx.execute(query)).all()


async def remove_records(tx: AsyncConnection, keys: Sequence[tuple[str, str]]) -> None:
    """Remove records by (id, source), with their facets."""
    for source in {source for _, source in keys}:
        ids = [key for key, owner in keys if owner == source]
        await tx.execute(sa.delete(facet).where(facet.c.source == source, one_of(tx, facet.c.record_id, ids)))
        await tx.execute(sa.delete(record).where(record.c.source == source, one_of(tx, record.c.id, ids)))


async def remove_attempts(tx: AsyncConnection, ids: Sequence[str]) -> None:
    """Remove notes of repeated records."""
    if ids:
        await tx.execute(sa.delete(attempt).where(one_of(tx, attempt.c.id, ids)))
