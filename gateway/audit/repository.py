"""Every query about the audit trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.tables import audit_entry, audit_head


async def lock_head(tx: AsyncConnection) -> tuple[int, bytes]:
    """The chain's last sequence and hash; others who would append wait until this transaction ends."""
    row = (await tx.execute(sa.select(audit_head).with_for_update())).one()
    return row.sequence, row.hash


async def read_head(tx: AsyncConnection) -> tuple[int, bytes]:
    """The chain's last sequence and hash as of now."""
    row = (await tx.execute(sa.select(audit_head))).one()
    return row.sequence, row.hash


async def append(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert entries that continue the chain, and move its head."""
    await tx.execute(sa.insert(audit_entry), rows)
    await tx.execute(sa.update(audit_head).values(sequence=rows[-1]["sequence"], hash=rows[-1]["hash"]))


async def read_chain(tx: AsyncConnection, after: int, limit: int) -> Sequence[sa.Row[Any]]:
    """Entries in chain order."""
    query = sa.select(audit_entry).where(audit_entry.c.sequence > after)
    return (await tx.execute(query.order_by(audit_entry.c.sequence).limit(limit))).all()


async def find_entries(
    tx: AsyncConnection,
    *,
    subject: str | None,
    client_id: str | None,
    action: str | None,
    since: datetime | None,
    until: datetime | None,
    before: int | None,
    limit: int,
) -> Sequence[sa.Row[Any]]:
    """Entries, the newest first."""
    query = sa.select(audit_entry).order_by(audit_entry.c.sequence.desc()).limit(limit)
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
        query = query.where(columns.sequence < before)
    return (await tx.execute(query)).all()
