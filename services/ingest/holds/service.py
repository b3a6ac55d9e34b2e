"""Use cases of holds."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Gone, NotFound
from kernel.store.engine import Database
from services.ingest import moments
from services.ingest.errors import HoldReleased
from services.ingest.holds import repository
from services.ingest.holds.domain import Hold, held_part
from services.ingest.identity.service import find_person, origins_of
from services.ingest.records import keeping
from services.ingest.vault.service import Place, Vault

Ended = Callable[[AsyncConnection, Hold, int], Awaitable[None]]
"""Is told, in its transaction, of a hold that ends and of how many records it kept a part."""

BATCH = 500
NO_HOLD = "There is no such hold."


def place_of(hold_id: str, row: Any) -> Place:
    """Where a held part stands."""
    return Place(hold_id, row.record_id, row.source, "held")


async def impose(database: Database, vault: Vault, hold: Hold) -> int:
    """Put a hold in force and seal what it holds under a key of its own; how many records that are.

    From the first commit on, retention spares those records and an erasure of the person keeps their held part; a
    crash afterwards loses nothing, because an erasure seals what is missing before it destroys the person's key.
    Raises NotFound for an unknown person, Gone for an erased one.
    """
    await vault.keys_for([hold.id], fresh=[hold.id])
    async with database.transaction() as tx:
        person = await find_person(tx, hold.subject_id)
        if person is None:
            raise NotFound("There is no such person.")
        if person.erased:
            raise Gone
        await repository.add_hold(tx, hold)
    return await fill(database, vault, hold)


async def fill(database: Database, vault: Vault, hold: Hold) -> int:
    """Seal under the hold's key what it should hold and does not yet; how many records' parts. Safe to repeat.

    It holds what is of everybody who is read as its person then. Where a person's key is destroyed there is nothing
    more to come.
    """
    sealed, after = 0, None
    while True:
        async with database.transaction() as tx:
            origins = await vault.known_among(await origins_of(tx, hold.subject_id))
            rows = await keeping.records_of(tx, sorted(origins), hold.kinds, after, BATCH)
            if not rows:
                return sealed
            clear = await vault.open_sealed(
                [(Place(row.subject_id or "", row.id, row.source), row.sealed) for row in rows]
            )
            keys = await vault.keys_for([hold.id])
            places = [Place(hold.id, row.id, row.source, "held") for row in rows]
            parts = [held_part(one, hold.fields) for one in clear]
            await repository.add_held(
                tx, hold.id, rows, vault.seal_all(keys, list(zip(places, parts, strict=True)))
            )
        sealed += len(rows)
        after = (rows[-1].id, rows[-1].source)


async def fill_all(database: Database, vault: Vault, subjects: Sequence[str]) -> list[Hold]:
    """Fill every hold in force on these subjects, or on whoever is read as one of them; the holds."""
    async with database.snapshot() as connection:
        holds = await repository.holds_of(connection, subjects, in_force=True)
    for hold in holds:
        await fill(database, vault, hold)
    return holds


async def list_holds(tx: AsyncConnection, subject: str) -> list[tuple[Hold, int]]:
    """Every hold on a person, on whichever of their ids, released ones too, with how many records it holds.

    Raises NotFound.
    """
    origins = await origins_of(tx, subject)
    if not origins:
        raise NotFound("There is no such person.")
    holds = await repository.holds_of(tx, origins)
    counts = await repository.counts_of(tx, [hold.id for hold in holds])
    return [(hold, counts.get(hold.id, 0)) for hold in holds]


async def kept_of(tx: AsyncConnection, subjects: Sequence[str]) -> list[tuple[Hold, int]]:
    """The holds in force on these subjects, with how many records each holds."""
    holds = await repository.holds_of(tx, subjects, in_force=True)
    counts = await repository.counts_of(tx, [hold.id for hold in holds])
    return [(hold, counts.get(hold.id, 0)) for hold in holds]


async def release(
    database: Database, vault: Vault, ended: Ended, hold_id: str, subject: str | None = None
) -> Hold:
    """End a hold: its key is destroyed, so that what it kept is gone from every copy. The hold as it is then.

    `ended` is told in the same transaction. Raises NotFound (also where it is on another person than `subject`), HoldReleased where it has ended before.
    """
    async with database.transaction() as tx:
        found = await repository.hold_by_id(tx, hold_id, lock=True)
        if found is None or not await _is_on(tx, found, subject):
            raise NotFound(NO_HOLD)
        if found.released_at is not None:
            raise HoldReleased
        await vault.destroy([hold_id])
        records = await repository.end(tx, hold_id)
        await ended(tx, found, records)
    return msgspec.structs.replace(found, released_at=moments.now())


async def _is_on(tx: AsyncConnection, hold: Hold, subject: str | None) -> bool:
    return subject is None or hold.subject_id in await origins_of(tx, subject)


async def release_run_out(database: Database, vault: Vault, ended: Ended) -> int:
    """End every hold whose time has come; how many."""
    async with database.snapshot() as connection:
        holds = await repository.run_out(connection, moments.now())
    for hold in holds:
        await release(database, vault, ended, hold.id)
    return len(holds)


def spares(subject: sa.ColumnElement[str], kind: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition that a hold in force keeps records of this kind of this subject."""
    return repository.spares(subject, kind)


async def open_held(
    tx: AsyncConnection, vault: Vault, hold_id: str, subject: str, after: tuple[str, str] | None, limit: int
) -> list[tuple[Any, bytes]]:
    """The held parts in clear, one more than `limit` where there is another page.

    Raises NotFound (also where it is on another person than `subject`), HoldReleased.
    """
    found = await repository.hold_by_id(tx, hold_id)
    if found is None or not await _is_on(tx, found, subject):
        raise NotFound(NO_HOLD)
    if found.released_at is not None:
        raise HoldReleased
    rows = await repository.page_of_held(tx, hold_id, after, limit + 1)
    clear = await vault.open_sealed([(place_of(hold_id, row), row.sealed) for row in rows])
    return list(zip(rows, clear, strict=True))
