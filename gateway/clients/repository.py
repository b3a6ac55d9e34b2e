"""Every query about clients and revocations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.clients.tables import account, client, revocation


async def find_client(tx: AsyncConnection, client_id: str) -> sa.Row[Any] | None:
    """The client of that id."""
    return (await tx.execute(sa.select(client).where(client.c.id == client_id))).first()


async def find_by_write_key(tx: AsyncConnection, key_hash: bytes) -> sa.Row[Any] | None:
    """The client whose write key has that hash."""
    return (await tx.execute(sa.select(client).where(client.c.write_key_hash == key_hash))).first()


async def list_clients(tx: AsyncConnection, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Clients by id, from the one after `after`."""
    query = sa.select(client).order_by(client.c.id).limit(limit)
    if after:
        query = query.where(client.c.id > after)
    return (await tx.execute(query)).all()


async def has_first_clients(tx: AsyncConnection) -> bool:
    """Whether a start has made the first clients."""
    return bool(await tx.scalar(sa.select(sa.exists().where(client.c.first.is_not(None)))))


async def insert_client(tx: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Raises IntegrityError where a first client of that name exists."""
    await tx.execute(sa.insert(client).values(**values))


async def insert_account(tx: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Raises IntegrityError where the user name is taken."""
    await tx.execute(sa.insert(account).values(**values))


async def insert_revocation(tx: AsyncConnection, token_id: str, expires_at: datetime) -> None:
    """Revoked twice is revoked once."""
    held = await tx.scalar(sa.select(revocation.c.token_id).where(revocation.c.token_id == token_id))
    if held is None:
        await tx.execute(sa.insert(revocation).values(token_id=token_id, expires_at=expires_at))


async def revoked_since(tx: AsyncConnection, now: datetime) -> set[str]:
    """Ids of revoked tokens that have not expired yet."""
    query = sa.select(revocation.c.token_id).where(revocation.c.expires_at > now)
    return set((await tx.execute(query)).scalars())


async def forget_expired(tx: AsyncConnection, now: datetime) -> None:
    """Delete revocations of tokens that have expired."""
    await tx.execute(sa.delete(revocation).where(revocation.c.expires_at <= now))
