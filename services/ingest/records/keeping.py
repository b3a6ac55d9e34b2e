"""Queries for those who keep or delete stored records: holds, retention, erasure."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import one_of
from services.ingest.records.tables import attempt, facet, record


class Victim(NamedTuple):
    """A record to delete."""

    id: str
    source: str
    subject_id: str | None


class Leaving(NamedTuple):
    """A record whose time is over, as it is stored."""

    id: str
    source: str
    subject_id: str | None
    kind: str
    occurred_at: int
    sealed: bytes


_LEAVING = sa.select(*(record.c[name] for name in Leaving._fields))


async def records_of(
    tx: AsyncConnection,
    subjects: Sequence[str],
    kinds: Sequence[str],
    after: tuple[str, str] | None,
    limit: int,
) -> Sequence[Leaving]:
    """These subjects' records of these kinds, in the order of their ids."""
    query = _LEAVING.where(one_of(tx, record.c.subject_id, subjects), record.c.kind.in_(kinds))
    if after:
        query = query.where(sa.tuple_(record.c.id, record.c.source) > after)
    rows = await tx.execute(query.order_by(record.c.id, record.c.source).limit(limit))
    return [Leaving(*row) for row in rows]


async def newest_of(tx: AsyncConnection, subject: str, limit: int) -> list[Leaving]:
    """A subject's newest records."""
    query = _LEAVING.where(record.c.subject_id == subject).order_by(record.c.received_at.desc())
    return [Leaving(*row) for row in await tx.execute(query.limit(limit))]


async def leaving_by_key(
    tx: AsyncConnection, keys: Sequence[tuple[str, str]], unless: sa.ColumnElement[bool]
) -> list[Leaving]:
    """Those records by (id, source) that are still stored and not spared by `unless`."""
    query = _LEAVING.where(sa.tuple_(record.c.id, record.c.source).in_(keys), ~unless)
    return [Leaving(*row) for row in await tx.execute(query)]


async def victims_of(tx: AsyncConnection, subjects: Sequence[str], limit: int) -> list[Victim]:
    """Records of these subjects."""
    query = sa.select(*(record.c[name] for name in Victim._fields))
    rows = await tx.execute(query.where(one_of(tx, record.c.subject_id, subjects)).limit(limit))
    return [Victim(*row) for row in rows]


async def delete_records(tx: AsyncConnection, victims: Sequence[Victim | Leaving]) -> dict[str, int]:
    """Delete records with what is noted of them; how many rows, by what they were."""
    keys = [(one.id, one.source) for one in victims]
    people = sorted({one.subject_id for one in victims if one.subject_id})
    of_people = one_of(tx, facet.c.subject_id, people)
    doomed = {
        "attempts": sa.delete(attempt).where(sa.tuple_(attempt.c.record_id, attempt.c.source).in_(keys)),
        "facets": sa.delete(facet).where(of_people, sa.tuple_(facet.c.record_id, facet.c.source).in_(keys)),
        "records": sa.delete(record).where(sa.tuple_(record.c.id, record.c.source).in_(keys)),
    }
    return {what: (await tx.execute(statement)).rowcount for what, statement in doomed.items()}
