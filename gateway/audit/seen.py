"""Whom a client was ever shown, by the audit trail: what is told to it by itself is told of nobody else."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit.tables import audit_entry


async def people_seen_by(tx: AsyncConnection, client_id: str, subjects: Collection[str]) -> set[str]:
    """Those of `subjects` whom the client has looked up or read, and was allowed to."""
    entry = audit_entry.c
    query = (
        sa.select(entry.subject)
        .distinct()
        .where(
            entry.subject.in_(subjects),
            entry.client_id == client_id,
            entry.decision == "allow",
            entry.action.in_(("read", "lookup", "reveal")),
        )
    )
    return set((await tx.execute(query)).scalars())
