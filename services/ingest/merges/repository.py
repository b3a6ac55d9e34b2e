"""Queries of the ledger of merges and of suggestions."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.ids import new_id
from kernel.store.bulk import insert_many, select_any
from services.ingest import moments
from services.ingest.merges.domain import OPEN, REJECTED, Entry, Pair
from services.ingest.merges.tables import merge_entry, suggestion

_LOCK = 0x6D_6572_6765
"""Advisory lock on a server: one merge or split at a time, so that versions rise as they are committed."""

_ENTRY = sa.select(*(merge_entry.c[name] for name in Entry._fields))
_encode = msgspec.json.Encoder().encode


async def enter(tx: AsyncConnection) -> int:
    """The version of the next entry; whoever else comes waits until this transaction ends."""
    if tx.dialect.name == "postgresql":
        await tx.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    return (await tx.scalar(sa.select(sa.func.max(merge_entry.c.version))) or 0) + 1


async def entries_of(tx: AsyncConnection, merge_id: str) -> list[Entry]:
    """What the ledger says of one merge, oldest first."""
    query = _ENTRY.where(merge_entry.c.merge_id == merge_id).order_by(merge_entry.c.version)
    rows: Sequence[Any] = (await tx.execute(query)).all()
    return [Entry(*row) for row in rows]


async def entries_from(tx: AsyncConnection, sources: Sequence[str]) -> list[Entry]:
    """Every merge of these sources, and what became of it."""
    rows: Sequence[Any] = await select_any(tx, _ENTRY, merge_entry.c.source, sources)
    return [Entry(*row) for row in rows]


async def add_entry(
    tx: AsyncConnection, entry: Entry, reason: str, client_id: str, suggestion_id: str | None
) -> None:
    """Write a line of the ledger."""
    row = {**entry._asdict(), "reason": reason, "client_id": client_id, "suggestion_id": suggestion_id}
    await tx.execute(sa.insert(merge_entry).values(**row, at=moments.now()))


async def add_pairs(tx: AsyncConnection, pairs: Sequence[Pair]) -> None:
    """Keep suggestions; one that is open is told anew, one that was settled stays settled.

    What a rule holds against joining two people is not covered by what the model finds.
    """
    now = moments.now()
    ranked = sorted(pairs, key=lambda pair: (pair.a, pair.b))
    columns: dict[str, Sequence[Any]] = {
        "id": [new_id() for _ in ranked],
        "a": [pair.a for pair in ranked],
        "b": [pair.b for pair in ranked],
        "probability": [pair.probability for pair in ranked],
        "evidence": [_encode(pair.evidence) for pair in ranked],
        "found_by": [pair.found_by for pair in ranked],
        "state": [OPEN] * len(ranked),
        "created_at": [now] * len(ranked),
    }
    await insert_many(
        tx,
        suggestion,
        columns,
        conflict="(a, b) DO UPDATE SET probability = excluded.probability, evidence = excluded.evidence,"
        " found_by = excluded.found_by WHERE suggestion.state = 'open'"
        " AND (suggestion.found_by = 'model' OR excluded.found_by = 'rule')",
    )


async def suggestion_by_id(tx: AsyncConnection, key: str, *, lock: bool = False) -> Any:
    """One suggestion."""
    query = sa.select(suggestion).where(suggestion.c.id == key)
    return (await tx.execute(query.with_for_update() if lock else query)).first()


async def settle(tx: AsyncConnection, keys: Sequence[str], state: str, client_id: str) -> None:
    """Accept or reject suggestions."""
    change = sa.update(suggestion).values(state=state, settled_at=moments.now(), settled_by=client_id)
    await tx.execute(change.where(suggestion.c.id.in_(keys)))


async def reject_behind(tx: AsyncConnection, merge_id: str, client_id: str) -> None:
    """A merge was undone: the suggestion that led to it was wrong."""
    behind = sa.select(merge_entry.c.suggestion_id).where(merge_entry.c.merge_id == merge_id)
    keys = [key for (key,) in await tx.execute(behind.where(merge_entry.c.suggestion_id.is_not(None)))]
    await settle(tx, keys, REJECTED, client_id)


async def page_of(
    tx: AsyncConnection, state: str, after: tuple[float, str] | None, limit: int
) -> Sequence[Any]:
    """Suggestions of one state, the likeliest first."""
    query = sa.select(suggestion).where(suggestion.c.state == state)
    if after is not None:
        probability, key = after
        less = suggestion.c.probability < probability
        same = sa.and_(suggestion.c.probability == probability, suggestion.c.id > key)
        query = query.where(sa.or_(less, same))
    query = query.order_by(suggestion.c.probability.desc(), suggestion.c.id).limit(limit)
    return (await tx.execute(query)).all()


async def rejected_pairs(tx: AsyncConnection) -> list[tuple[str, str]]:
    """Pairs that somebody said are two people."""
    query = sa.select(suggestion.c.a, suggestion.c.b).where(suggestion.c.state == REJECTED)
    return [(a, b) for a, b in await tx.execute(query)]


async def judged_pairs(tx: AsyncConnection) -> list[tuple[str, str, str, float]]:
    """Pairs of the model that somebody accepted or rejected: (a, b, state, probability)."""
    query = sa.select(suggestion.c.a, suggestion.c.b, suggestion.c.state, suggestion.c.probability)
    query = query.where(suggestion.c.state != OPEN, suggestion.c.found_by == "model")
    return [tuple(row) for row in await tx.execute(query)]


async def drop_open(tx: AsyncConnection, found_by: str, keep: Iterable[tuple[str, str]]) -> None:
    """Open suggestions of the model that it does not make any more go."""
    kept = set(keep)
    query = sa.select(suggestion.c.id, suggestion.c.a, suggestion.c.b)
    query = query.where(suggestion.c.state == OPEN, suggestion.c.found_by == found_by)
    stale = [{"stale": key} for key, a, b in await tx.execute(query) if (a, b) not in kept]
    if stale:
        await tx.execute(sa.delete(suggestion).where(suggestion.c.id == sa.bindparam("stale")), stale)


async def forget(tx: AsyncConnection, subjects: Sequence[str]) -> int:
    """Delete the suggestions about subjects; returns how many. The ledger holds ids only, and stays."""
    gone = 0
    for start in range(0, len(subjects), 1_000):
        chunk = subjects[start : start + 1_000]
        about = sa.or_(suggestion.c.a.in_(chunk), suggestion.c.b.in_(chunk))
        gone += (await tx.execute(sa.delete(suggestion).where(about))).rowcount
    return gone
