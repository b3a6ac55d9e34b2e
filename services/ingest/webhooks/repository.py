"""Queries of hooks, their counts and what they still have to fetch."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, select_any
from services.ingest import moments
from services.ingest.webhooks.tables import hook, hook_count, hook_fetch, hook_thing

WAITING, GONE = "waiting", "gone"


async def add_hook(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a hook."""
    await tx.execute(sa.insert(hook).values(**row))


async def hook_by_id(tx: AsyncConnection, key: str) -> Any:
    """A hook that is not closed, None where there is none."""
    return (await tx.execute(sa.select(hook).where(hook.c.id == key, hook.c.closed_at.is_(None)))).first()


async def close_hook(tx: AsyncConnection, key: str) -> bool:
    """Close a hook and forget its secrets and what it still had to fetch; False where there is none."""
    change = sa.update(hook).where(hook.c.id == key, hook.c.closed_at.is_(None))
    closed = await tx.execute(change.values(closed_at=moments.now(), secrets=None))
    await tx.execute(sa.delete(hook_fetch).where(hook_fetch.c.hook_id == key))
    return bool(closed.rowcount)


async def page_of_hooks(tx: AsyncConnection, after: tuple[int, str] | None, limit: int) -> Sequence[Any]:
    """Hooks that are not closed, oldest first, from after a position (created_at, id)."""
    query = sa.select(hook).where(hook.c.closed_at.is_(None))
    if after:
        query = query.where(sa.tuple_(hook.c.created_at, hook.c.id) > after)
    return (await tx.execute(query.order_by(hook.c.created_at, hook.c.id).limit(limit))).all()


async def counts_of(tx: AsyncConnection, keys: Sequence[str]) -> Sequence[Any]:
    """(hook, outcome, n, last_at) of these hooks."""
    return (await tx.execute(sa.select(hook_count).where(hook_count.c.hook_id.in_(keys)))).all()


async def waiting_of(tx: AsyncConnection, keys: Sequence[str]) -> dict[str, Any]:
    """How many fetches of each of these hooks wait, and what troubles them."""
    query = (
        sa.select(
            hook_fetch.c.hook_id,
            sa.func.count().label("n"),
            sa.func.max(hook_fetch.c.trouble).label("trouble"),
        )
        .where(hook_fetch.c.hook_id.in_(keys), hook_fetch.c.state == WAITING)
        .group_by(hook_fetch.c.hook_id)
    )
    return {row.hook_id: row for row in await tx.execute(query)}


async def count(tx: AsyncConnection, key: str, outcomes: Mapping[str, int]) -> None:
    """Add to a hook's counts."""
    names = sorted(outcomes)
    columns: dict[str, list[Any]] = {
        "hook_id": [key] * len(names),
        "outcome": names,
        "n": [outcomes[name] for name in names],
        "last_at": [moments.now()] * len(names),
    }
    again = "(hook_id, outcome) DO UPDATE SET n = hook_count.n + excluded.n, last_at = excluded.last_at"
    if names:
        await insert_many(tx, hook_count, columns, conflict=again)


async def add_fetches(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Keep what is to be fetched; what waits already stays as it is. Returns how many are new."""
    if not rows:
        return 0
    now = moments.now()
    full = [
        {
            "after": None,
            "since": None,
            **row,
            "state": WAITING,
            "due_at": now,
            "tries": 0,
            "trouble": None,
            "created_at": now,
        }
        for row in rows
    ]
    columns = {name: [row[name] for row in full] for name in full[0]}
    return await insert_many(tx, hook_fetch, columns, conflict="(id) DO NOTHING")


async def take_due(tx: AsyncConnection, limit: int, lease_until: int) -> Sequence[Any]:
    """Fetches that are due, each leased to the taker until `lease_until`: another process takes others."""
    query = (
        sa.select(hook_fetch)
        .where(hook_fetch.c.state == WAITING, hook_fetch.c.due_at <= moments.now())
        .order_by(hook_fetch.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await tx.execute(query)).all()
    if rows:
        taken = hook_fetch.c.id.in_([row.id for row in rows])
        await tx.execute(sa.update(hook_fetch).where(taken).values(due_at=lease_until))
    return rows


async def anything_due(tx: AsyncConnection) -> bool:
    """Whether there is something to fetch now."""
    query = sa.select(hook_fetch.c.id).where(
        hook_fetch.c.state == WAITING, hook_fetch.c.due_at <= moments.now()
    )
    return (await tx.execute(query.limit(1))).first() is not None


async def remove_fetch(tx: AsyncConnection, key: str) -> None:
    """What was fetched is stored."""
    await tx.execute(sa.delete(hook_fetch).where(hook_fetch.c.id == key))


async def change_fetch(tx: AsyncConnection, key: str, **values: Any) -> None:
    """What is known of a fetch now."""
    await tx.execute(sa.update(hook_fetch).where(hook_fetch.c.id == key).values(**values))


async def newest_of(tx: AsyncConnection, keys: Sequence[str]) -> dict[str, Any]:
    """The newest stored state of these things, those that there are."""
    return {row.id: row for row in await select_any(tx, sa.select(hook_thing), hook_thing.c.id, keys)}


async def save_newest(tx: AsyncConnection, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Keep newest states (thing, version, record, source); an older version never replaces a newer one."""
    if not rows:
        return
    names = ("id", "version", "record_id", "source")
    columns = dict(zip(names, map(list, zip(*sorted(rows), strict=True)), strict=True))
    newer = "(id) DO UPDATE SET version = excluded.version, record_id = excluded.record_id"
    await insert_many(
        tx, hook_thing, columns, conflict=newer + " WHERE hook_thing.version < excluded.version"
    )
