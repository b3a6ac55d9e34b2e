"""Queries of the keyring and of used grants."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, select_any, update_many
from kernel.store.prepared import fetch_any, fetch_rows
from services.ingest import moments
from services.ingest.vault.tables import data_key, grant_use, kek_version, metadata, orphan, tombstone


async def create_tables(tx: AsyncConnection) -> None:
    """Make the keyring's tables where they are missing."""
    if tx.dialect.name == "postgresql":  # one makes them, the others wait and find them
        await tx.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('chandung keyring'))"))
    await tx.run_sync(metadata.create_all)


_WRAPPED = sa.select(data_key.c.owner, data_key.c.kek_version, data_key.c.wrapped)
_CURRENT = sa.select(sa.func.max(kek_version.c.version))


async def wrapped_keys(tx: AsyncConnection, owners: Sequence[str]) -> list[tuple[str, int, bytes]]:
    """(owner, version, wrapped key) of those owners that have one."""
    rows: Sequence[Any] = await fetch_any(tx, _WRAPPED, data_key.c.owner, owners)
    return [(owner, version, wrapped) for owner, version, wrapped in rows]


async def buried(tx: AsyncConnection, owners: Sequence[str]) -> set[str]:
    """Those owners whose key was destroyed."""
    rows = await select_any(tx, sa.select(tombstone.c.owner), tombstone.c.owner, owners)
    return {row.owner for row in rows}


async def buried_since(tx: AsyncConnection, moment: int) -> list[str]:
    """Owners whose key was destroyed at `moment` or later."""
    return list((await tx.execute(sa.select(tombstone.c.owner).where(tombstone.c.at >= moment))).scalars())


async def add_keys(tx: AsyncConnection, version: int, wrapped: Mapping[str, bytes]) -> None:
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


async def current_version(tx: AsyncConnection) -> int:
    """The version that new keys are wrapped by, others' commits included; 0 in a new keyring."""
    return (await fetch_rows(tx, _CURRENT))[0][0] or 0


async def versions(tx: AsyncConnection) -> Sequence[Any]:
    """Every version of the key-encryption key, oldest first."""
    return (await tx.execute(sa.select(kek_version).order_by(kek_version.c.version))).all()


async def newest_wrapping(tx: AsyncConnection) -> int:
    """The highest version that a data key is wrapped by, 0 where there is none: of a keyring that lists no versions."""
    return await tx.scalar(sa.select(sa.func.max(data_key.c.kek_version))) or 0


async def add_version(tx: AsyncConnection, version: int, kept: bytes, total: int | None = None) -> None:
    """Let `version` be the current one, unless another process was first.

    `total` keys are to be wrapped anew, as was counted before; None: it is the first version, and none is.
    """
    now = moments.now()
    columns: dict[str, Sequence[Any]] = {
        "version": [version],
        "kept": [kept],
        "made_at": [now],
        "total": [total or 0],
        "moved": [0],
        "finished_at": [now if total is None else None],
    }
    await insert_many(tx, kek_version, columns, conflict="(version) DO NOTHING")


async def hold_keys(tx: AsyncConnection) -> None:
    """Nobody adds a key from when all transactions that did have ended until this one ends (SQLite has one writer)."""
    if tx.dialect.name == "postgresql":
        await tx.execute(sa.text("LOCK TABLE data_key IN SHARE ROW EXCLUSIVE MODE"))


async def count_keys(tx: AsyncConnection) -> int:
    """How many data keys there are."""
    return await tx.scalar(sa.select(sa.func.count()).select_from(data_key)) or 0


async def unfinished(tx: AsyncConnection) -> Any:
    """The current version, locked, where keys may still be wrapped by older ones and no other process is at it."""
    query = sa.select(kek_version).order_by(kek_version.c.version.desc()).limit(1)
    row = (await tx.execute(query.with_for_update(skip_locked=True))).first()
    return row if row is not None and row.finished_at is None else None


async def outdated_after(tx: AsyncConnection, version: int, cursor: str | None, limit: int) -> Sequence[Any]:
    """Keys that another version than `version` wraps, from after `cursor` on, locked."""
    query = sa.select(data_key.c.owner, data_key.c.kek_version, data_key.c.wrapped)
    query = query.where(data_key.c.kek_version != version)
    if cursor is not None:
        query = query.where(data_key.c.owner > cursor)
    return (await tx.execute(query.order_by(data_key.c.owner).limit(limit).with_for_update())).all()


async def rewrap(tx: AsyncConnection, version: int, wrapped: Mapping[str, bytes]) -> None:
    """Replace how keys are wrapped, and note how far that has come."""
    owners = list(wrapped)
    news: dict[str, Sequence[Any]] = {
        "kek_version": [version] * len(owners),
        "wrapped": list(wrapped.values()),
    }
    await update_many(tx, data_key, {"owner": owners}, news)
    progress = sa.update(kek_version).where(kek_version.c.version == version)
    await tx.execute(progress.values(cursor=max(owners), moved=kek_version.c.moved + len(owners)))


async def from_the_start(tx: AsyncConnection, version: int) -> None:
    """Look through all keys again."""
    await tx.execute(sa.update(kek_version).where(kek_version.c.version == version).values(cursor=None))


async def retire_older(tx: AsyncConnection, version: int) -> None:
    """No key is wrapped by an older version any more."""
    now = moments.now()
    older = sa.and_(kek_version.c.version < version, kek_version.c.retired_at.is_(None))
    await tx.execute(sa.update(kek_version).where(older).values(retired_at=now))
    done = sa.update(kek_version).where(kek_version.c.version == version)
    await tx.execute(done.values(finished_at=now, cursor=None))


async def retired_before(tx: AsyncConnection, moment: int) -> list[int]:
    """Versions that were retired before `moment` and are not forgotten."""
    query = sa.select(kek_version.c.version)
    query = query.where(kek_version.c.retired_at < moment, kek_version.c.forgotten_at.is_(None))
    return list((await tx.execute(query)).scalars())


async def forget_version(tx: AsyncConnection, version: int) -> None:
    """Destroy what the keyring keeps of a version."""
    gone = sa.update(kek_version).where(kek_version.c.version == version)
    await tx.execute(gone.values(kept=b"", forgotten_at=moments.now()))


async def owners_after(tx: AsyncConnection, cursor: str | None, limit: int) -> list[str]:
    """Owners of keys in order, from after `cursor` on."""
    query = sa.select(data_key.c.owner).order_by(data_key.c.owner).limit(limit)
    if cursor is not None:
        query = query.where(data_key.c.owner > cursor)
    return list((await tx.execute(query)).scalars())


async def orphans_between(tx: AsyncConnection, after: str | None, until: str) -> dict[str, int]:
    """Owners noted as orphans, and since when, in a part of the order of owners."""
    query = sa.select(orphan.c.owner, orphan.c.seen_at).where(orphan.c.owner <= until)
    if after is not None:
        query = query.where(orphan.c.owner > after)
    return {row.owner: row.seen_at for row in await tx.execute(query)}


async def note_orphans(tx: AsyncConnection, owners: Sequence[str]) -> None:
    """Note that nothing was found under these owners' keys, since now where that is news."""
    now = [moments.now()] * len(owners)
    await insert_many(tx, orphan, {"owner": list(owners), "seen_at": now}, conflict="(owner) DO NOTHING")


async def unnote_orphans(tx: AsyncConnection, owners: Sequence[str]) -> None:
    """Strike owners off the list of orphans."""
    if owners:
        await tx.execute(sa.delete(orphan).where(orphan.c.owner.in_(owners)))


async def count_orphans(tx: AsyncConnection) -> int:
    """How many keys lie without data."""
    return await tx.scalar(sa.select(sa.func.count()).select_from(orphan)) or 0


async def use_grant(tx: AsyncConnection, jti: str, expires_at: int) -> bool:
    """True the first time; grants that have expired are forgotten on the way."""
    await forget_grants(tx)
    use: dict[str, Sequence[Any]] = {"jti": [jti], "expires_at": [expires_at]}
    return await insert_many(tx, grant_use, use, conflict="(jti) DO NOTHING") == 1


async def forget_grants(tx: AsyncConnection) -> int:
    """Forget grants that have expired; how many."""
    return (await tx.execute(sa.delete(grant_use).where(grant_use.c.expires_at < moments.now()))).rowcount
