"""Queries of the keyring and of used grants."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import fetch_any, insert_many, select_any
from services.ingest import moments
from services.ingest.vault.tables import data_key, grant_use, metadata, tombstone


async def create_tables(tx: AsyncConnection) -> None:
    """Make the keyring's tables where they are missing."""
    await tx.run_sync(metadata.create_all)


_WRAPPED = sa.select(data_key.c.owner, data_key.c.kek_version, data_key.c.wrapped)


async def wrapped_keys(tx: AsyncConnection, owners: Sequence[str]) -> list[tuple[str, int, bytes]]:
    """(owner, version, wrapped key) of those owners that have one."""
    rows: Sequence[Any] = await fetch_any(tx, _WRAPPED, data_key.c.owner, owners)
    return [(owner, version, wrapped) for owner, version, wrapped in rows]


async def buried(tx: AsyncConnection, owners: Sequence[str]) -> set[str]:
    """Those owners whose key was destroyed."""
    rows = await select_any(tx, sa.select(tombstone.c.owner), tombstone.c.owner, owners)
    return {row.owner for row in rows}


async def add_keys(tx: AsyncConnection, version: int, wrapped: dict[str, bytes]) -> None:
    """Keep new keys; an owner that has one keeps the old."""
    owners = sorted(wrapped)
    columns: dict[str, Sequence[Any]] = {
        "owner": owners,
        "kek_version": [version] * len(owners),
        "wrapped": [wrapped[owner] for owner in owners],
        "created_at": [moments.now()] * len(owners),
    }
    await insert_many(tx, data_key, columns, conflict="(owner) DO NOTHING")


async def remove_keys(tx: AsyncConnection, owners: Sequence[str]) -> None:
    """Forget keys without a tombstone: of quarantined records that have left."""
    await tx.execute(sa.delete(data_key).where(data_key.c.owner.in_(owners)))


async def bury(tx: AsyncConnection, owners: Sequence[str]) -> None:
    """Destroy keys and remember that they were."""
    await remove_keys(tx, owners)
    now = [moments.now()] * len(owners)
    await insert_many(tx, tombstone, {"owner": list(owners), "at": now}, conflict="(owner) DO NOTHING")


async def use_grant(tx: AsyncConnection, jti: str, expires_at: int) -> bool:
    """True the first time; grants that have expired are forgotten on the way."""
    await tx.execute(sa.delete(grant_use).where(grant_use.c.expires_at < moments.now()))
    use: dict[str, Sequence[Any]] = {"jti": [jti], "expires_at": [expires_at]}
    return await insert_many(tx, grant_use, use, conflict="(jti) DO NOTHING") == 1
