"""Every query about the audit trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.tables import audit_checkpoint, audit_entry, audit_head


async def lock_head(tx: AsyncConnection) -> tuple[int, int, bytes]:
    """A chain that nobody else appends to now, its last sequence and hash; held until this transaction ends.

    Where every chain is held one is waited for. SQLite has one writer, and so one chain.
    """
    query = sa.select(audit_head).order_by(audit_head.c.chain).limit(1)
    row = (await tx.execute(query.with_for_update(skip_locked=True))).first()
    if row is None:
        row = (await tx.execute(query.with_for_update())).one()
    return row.chain, row.sequence, row.hash


async def heads(tx: AsyncConnection) -> Sequence[sa.Row[Any]]:
    """The end of each chain as of now."""
    return (await tx.execute(sa.select(audit_head).order_by(audit_head.c.chain))).all()


async def append(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert entries that continue one chain, and move its end."""
    await tx.execute(sa.insert(audit_entry), rows)
    last, mine = rows[-1], audit_head.c.chain == rows[-1]["chain"]
    await tx.execute(sa.update(audit_head).where(mine).values(sequence=last["sequence"], hash=last["hash"]))


async def read_chain(tx: AsyncConnection, chain: int, after: int, limit: int) -> Sequence[sa.Row[Any]]:
    """Entries of a chain in its order."""
    query = sa.select(audit_entry).where(audit_entry.c.chain == chain, audit_entry.c.sequence > after)
    return (await tx.execute(query.order_by(audit_entry.c.sequence).limit(limit))).all()


async def find_entries(
    tx: AsyncConnection,
    *,
    subject: str | None,
    client_id: str | None,
    action: str | None,
    since: datetime | None,
    until: datetime | None,
    before: str | None,
    limit: int,
) -> Sequence[sa.Row[Any]]:
    """Entries, the newest first."""
    query = sa.select(audit_entry).order_by(audit_entry.c.id.desc()).limit(limit)
    columns = audit_entry.c
    wanted = ((columns.subject, subject), (columns.client_id, client_id), (columns.action, action))
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    if since is not None:
        query = query.where(columns.at >= since)
    if until is not None:
        query = query.where(columns.at < until)
    if before is not None:
        query = query.where(columns.id < before)
    return (await tx.execute(query)).all()


async def read_lines(
    tx: AsyncConnection,
    since: datetime | None,
    until: datetime | None,
    after: tuple[int, int] | None,
    limit: int,
) -> Sequence[sa.Row[Any]]:
    """Entries chain by chain, from the place after `after`."""
    columns = audit_entry.c
    query = sa.select(audit_entry).order_by(columns.chain, columns.sequence).limit(limit)
    if since is not None:
        query = query.where(columns.at >= since)
    if until is not None:
        query = query.where(columns.at < until)
    if after is not None:
        query = query.where(sa.tuple_(columns.chain, columns.sequence) > sa.tuple_(*map(sa.literal, after)))
    return (await tx.execute(query)).all()


async def count_reads(
    tx: AsyncConnection,
    *,
    subjects: Sequence[str] | None,
    client_id: str | None,
    purpose: str | None,
    since: datetime | None,
    limit: int,
    until: datetime | None = None,
) -> Sequence[sa.Row[Any]]:
    """Who was shown which fields of whom for what, how often, first and last; the latest first."""
    columns = audit_entry.c
    fields = sa.cast(columns.fields, sa.Text)
    asked = (columns.client_id, columns.subject, columns.purpose, columns.action)
    query = (
        sa.select(
            *asked,
            fields.label("fields"),
            sa.func.count().label("times"),
            sa.func.min(columns.at).label("first_at"),
            sa.func.max(columns.at).label("last_at"),
        )
        .where(columns.action.in_(("read", "reveal")), columns.decision == "allow")
        .group_by(*asked, fields)
        .order_by(sa.func.max(columns.at).desc())
        .limit(limit)
    )
    if subjects is not None:
        query = query.where(columns.subject.in_(subjects))
    if client_id is not None:
        query = query.where(columns.client_id == client_id)
    if purpose is not None:
        query = query.where(columns.purpose == purpose)
    if since is not None:
        query = query.where(columns.at >= since)
    if until is not None:
        query = query.where(columns.at < until)
    return (await tx.execute(query)).all()


async def decided_since(
    tx: AsyncConnection, since: datetime | None, before: str | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Decisions about reading whose grounds were kept, the newest first."""
    columns = audit_entry.c
    names = (
        columns.id,
        columns.client_id,
        columns.purpose,
        columns.fields,
        columns.decision,
        columns.context,
    )
    query: sa.Select[Any] = sa.select(*names).where(columns.action == "read", columns.context.is_not(None))
    if since is not None:
        query = query.where(columns.at >= since)
    if before is not None:
        query = query.where(columns.id < before)
    rows: Sequence[sa.Row[Any]] = (await tx.execute(query.order_by(columns.id.desc()).limit(limit))).all()
    return rows


async def last_checkpoint(tx: AsyncConnection) -> sa.Row[Any] | None:
    """The newest checkpoint."""
    query = sa.select(audit_checkpoint).order_by(audit_checkpoint.c.number.desc()).limit(1)
    return (await tx.execute(query)).first()


async def checkpoints(tx: AsyncConnection, after: int = 0, limit: int | None = None) -> Sequence[sa.Row[Any]]:
    """Checkpoints in their order."""
    query = sa.select(audit_checkpoint).where(audit_checkpoint.c.number > after)
    return (await tx.execute(query.order_by(audit_checkpoint.c.number).limit(limit))).all()


async def add_checkpoint(tx: AsyncConnection, number: int, at: datetime, jws: str) -> None:
    """Keep a checkpoint. Raises IntegrityError where another replica took the number."""
    await tx.execute(sa.insert(audit_checkpoint).values(number=number, at=at, jws=jws))


async def hash_at(tx: AsyncConnection, chain: int, sequence: int) -> bytes | None:
    """The hash of the entry at a place."""
    place = (audit_entry.c.chain == chain, audit_entry.c.sequence == sequence)
    return await tx.scalar(sa.select(audit_entry.c.hash).where(*place))
