"""Every query about clients and revocations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.clients.tables import account, client, revocation, write_key


async def find_client(tx: AsyncConnection, client_id: str) -> sa.Row[Any] | None:
    """The client of that id."""
    return (await tx.execute(sa.select(client).where(client.c.id == client_id))).first()


async def find_write_key(tx: AsyncConnection, key_hash: bytes) -> sa.Row[Any] | None:
    """The write key of that hash that was not revoked, with its client's `kind` and `purposes` where it has one."""
    query = (
        sa.select(write_key, client.c.kind, client.c.purposes)
        .join_from(write_key, client, write_key.c.client_id == client.c.id, isouter=True)
        .where(write_key.c.key_hash == key_hash, write_key.c.revoked_at.is_(None))
    )
    return (await tx.execute(query)).first()


async def list_write_keys(
    tx: AsyncConnection, source: str | None, after: str | None, limit: int
) -> Sequence[sa.Row[Any]]:
    """Write keys by id (of one source where it is named), revoked ones too, from the one after `after`."""
    query = sa.select(write_key).order_by(write_key.c.id).limit(limit)
    if source:
        query = query.where(write_key.c.source == source)
    if after:
        query = query.where(write_key.c.id > after)
    return (await tx.execute(query)).all()


async def write_key_by_id(tx: AsyncConnection, key_id: str) -> sa.Row[Any]:
    """The write key of that id, which must exist."""
    return (await tx.execute(sa.select(write_key).where(write_key.c.id == key_id))).one()


async def insert_write_key(tx: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Keep a write key."""
    await tx.execute(sa.insert(write_key).values(**values))


async def revoke_write_key(tx: AsyncConnection, key_id: str, at: datetime) -> bool:
    """Revoke a key for good, the time of the first revocation kept; False where there is none of that id."""
    known = await tx.scalar(sa.select(sa.exists().where(write_key.c.id == key_id)))
    if known:
        still = sa.and_(write_key.c.id == key_id, write_key.c.revoked_at.is_(None))
        await tx.execute(sa.update(write_key).where(still).values(revoked_at=at))
    return bool(known)


async def write_keys_revoked_since(tx: AsyncConnection, since: datetime) -> set[str]:
    """Ids of write keys that were revoked after `since`."""
    query = sa.select(write_key.c.id).where(write_key.c.revoked_at > since)
    return set((await tx.execute(query)).scalars())


async def list_clients(tx: AsyncConnection, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Clients by id, from the one after `after`."""
    query = sa.select(client).order_by(client.c.id).limit(limit)
    if after:
        query = query.where(client.c.id > after)
    return (await tx.execute(query)).all()


async def clients_changed_since(tx: AsyncConnection, since: datetime) -> Sequence[sa.Row[Any]]:
    """Clients whose record was made or changed after `since`."""
    return (await tx.execute(sa.select(client).where(client.c.changed_at > since))).all()


async def change_client(tx: AsyncConnection, client_id: str, values: Mapping[str, Any]) -> sa.Row[Any] | None:
    """Change a client's record; the record as it then is, None where there is none of that id."""
    await tx.execute(sa.update(client).where(client.c.id == client_id).values(**values))
    return await find_client(tx, client_id)


async def has_first_clients(tx: AsyncConnection) -> bool:
    """Whether a start has made the first clients."""
    return bool(await tx.scalar(sa.select(sa.exists().where(client.c.first.is_not(None)))))


async def insert_client(tx: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Raises IntegrityError where a first client of that name exists."""
    await tx.execute(sa.insert(client).values(**values))


async def insert_account(tx: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Raises IntegrityError where the user name is taken."""
    await tx.execute(sa.insert(account).values(**values))


async def find_account(tx: AsyncConnection, username: str) -> sa.Row[Any] | None:
    """The account of that name."""
    return (await tx.execute(sa.select(account).where(account.c.username == username))).first()


async def change_account(tx: AsyncConnection, username: str, values: Mapping[str, Any]) -> None:
    """Change an account."""
    await tx.execute(sa.update(account).where(account.c.username == username).values(**values))


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
