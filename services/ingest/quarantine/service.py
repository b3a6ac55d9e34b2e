"""Use cases of the quarantine."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import NotFound
from kernel.privacy.redaction import redact
from services.ingest.errors import QuarantineLeft
from services.ingest.listing import Position, ReceivedRow, Sought
from services.ingest.quarantine import choosing, repository
from services.ingest.quarantine.domain import (
    DISMISSED,
    EXPIRED,
    HELD,
    RELEASED,
    WAITING,
    Change,
    Item,
    Reason,
)
from services.ingest.quarantine.domain import Sought as SoughtItems
from services.ingest.quarantine.tables import quarantine
from services.ingest.vault.service import Place, Vault

RUNNING, DONE = choosing.RUNNING, choosing.DONE
"""States of jobs."""


class Taken(NamedTuple):
    """A waiting item with its record as it was received; `source` is where it came from, as far as is known."""

    id: str
    source: str | None
    clear: bytes
    content_hash: bytes = b""


class Shown(NamedTuple):
    """An item and, while it is held, its record."""

    row: Any
    clear: bytes | None


def place_of(item: str, record_id: str | None, source: str | None) -> Place:
    """Where a quarantined record stands: under a key of its own."""
    return Place(item, record_id or "", source or "", "quarantine")


async def waiting_of(
    tx: AsyncConnection, record_ids: Sequence[str], hashes: Sequence[bytes]
) -> tuple[dict[bytes, str], dict[tuple[str, str | None], list[str]]]:
    """Waiting items by content, and by record: a batch asks for all of its records at once."""
    if not await repository.anything_waits(tx):
        return {}, {}
    by_content: dict[bytes, str] = {}
    by_record: dict[tuple[str, str | None], list[str]] = {}
    for row in {row.id: row for row in await repository.waiting_of(tx, record_ids, hashes)}.values():
        by_content[row.content_hash] = row.id
        if row.record_id:
            by_record.setdefault((row.record_id, row.source), []).append(row.id)
    return by_content, by_record


async def keep(tx: AsyncConnection, vault: Vault, items: Sequence[Item]) -> None:
    """Put records into quarantine, each sealed under a key of its own."""
    if not items:
        return
    owners = [item.id for item in items]
    keys = await vault.keys_for(owners, fresh=set(owners))
    sealed = vault.seal_all(
        keys, [(place_of(item.id, item.record_id, item.source), item.clear) for item in items]
    )
    await repository.add_items(tx, list(zip(items, sealed, strict=True)))


async def settle(tx: AsyncConnection, outcomes: Mapping[str, tuple[str, str | None]]) -> None:
    """Let items leave: id to (state, id of the record it became). The door discards their keys after the commit."""
    if outcomes:
        await repository.settle(tx, outcomes)


async def wait_on(tx: AsyncConnection, reasons: Mapping[str, Sequence[Reason]]) -> None:
    """Judged again and still bad: keep waiting, for the reasons found now."""
    await repository.rejudged(tx, reasons)


async def anything_due(tx: AsyncConnection, *, view_is_fresh: bool) -> bool:
    """Whether there is an item to judge now: asked of a snapshot, so that an idle service writes nothing."""
    return await repository.anything_due(tx, view_is_fresh=view_is_fresh)


async def take_due(tx: AsyncConnection, vault: Vault, limit: int, *, view_is_fresh: bool) -> list[Taken]:
    """Items to judge now, oldest first, locked until the transaction ends."""
    rows = await repository.take_due(tx, limit, view_is_fresh=view_is_fresh)
    clear = await _opened(vault, rows)
    return [Taken(row.id, row.source, clear[row.id]) for row in rows]


async def take(tx: AsyncConnection, vault: Vault, key: str, state: str = WAITING) -> Taken:
    """An item of that state, locked. Raises NotFound where there is none, QuarantineLeft where it has left."""
    row = await item_in(tx, key, state)
    return Taken(row.id, row.source, (await _opened(vault, [row]))[key], row.content_hash)


async def item_in(tx: AsyncConnection, key: str, *states: str) -> Any:
    """An item of one of those states, locked. Raises as `take`."""
    row = await repository.item_by_id(tx, key, lock=True)
    if row is None:
        raise NotFound("There is no such quarantined record.")
    if row.state not in states:
        raise QuarantineLeft(f"Its state is {row.state}.")
    return row


async def take_group(
    tx: AsyncConnection, vault: Vault, sought: SoughtItems, upto: str | None, limit: int
) -> list[Taken]:
    """The next items of a job, by id, locked until the transaction ends."""
    rows = await choosing.group_of(tx, sought, upto, limit)
    clear = await _opened(vault, rows)
    return [Taken(row.id, row.source, clear[row.id], row.content_hash) for row in rows]


async def page_of(
    tx: AsyncConnection, vault: Vault, sought: SoughtItems, after: tuple[int, str] | None, limit: int
) -> list[Shown]:
    """Items with their records while they are held, oldest first; up to `limit` of them."""
    rows = await choosing.page_of(tx, sought, after, limit)
    clear = await _opened(vault, [row for row in rows if row.sealed is not None])
    return [Shown(row, clear.get(row.id)) for row in rows]


async def tell_item(tx: AsyncConnection, vault: Vault, key: str) -> tuple[Shown, Sequence[Any]]:
    """An item and what was done with it. Raises NotFound."""
    row = await repository.item_by_id(tx, key)
    if row is None:
        raise NotFound("There is no such quarantined record.")
    clear = await _opened(vault, [row] if row.sealed is not None else [])
    return Shown(row, clear.get(row.id)), await choosing.changes_of(tx, key)


async def contest(tx: AsyncConnection, vault: Vault, items: Sequence[Item]) -> None:
    """Hold other versions of stored records, each content once, until a person resolves them."""
    if not items:
        return
    known = await choosing.contested_of(tx, [item.content_hash for item in items])
    fresh = {item.content_hash: item for item in items if item.content_hash not in known}
    await keep(tx, vault, list(fresh.values()))


async def note_changes(tx: AsyncConnection, changes: Sequence[Change]) -> None:
    """Keep who did what with items."""
    await choosing.note_changes(tx, changes)


async def dismiss(tx: AsyncConnection, key: str, by: str, note: str) -> Any:
    """Drop a held item for a stated reason; its key must be destroyed after the commit. Returns it as it was.

    Raises NotFound where there is none, QuarantineLeft where it has left.
    """
    row = await item_in(tx, key, *HELD)
    await drop(tx, {key: row.content_hash}, by, note)
    return row


async def drop(tx: AsyncConnection, items: Mapping[str, bytes], by: str, note: str) -> None:
    """Dismiss held items, given with their content hashes."""
    if not items:
        return
    await repository.settle(tx, dict.fromkeys(items, (DISMISSED, None)))
    told = redact(note).text
    await choosing.note_changes(
        tx, [Change(key, by, "dismissed", DISMISSED, hashed, None, told) for key, hashed in items.items()]
    )


async def let_expire(tx: AsyncConnection, before: int, limit: int) -> list[str]:
    """Let items that nobody cared for since `before` go; their keys must be destroyed after the commit."""
    keys = await choosing.expired(tx, before, limit)
    await settle(tx, dict.fromkeys(keys, (EXPIRED, None)))
    return keys


async def page_of_received(
    tx: AsyncConnection, sought: Sought, after: Position | None, limit: int
) -> list[ReceivedRow]:
    """Waiting records in a list of received ones, newest first."""
    return await repository.page_of_received(tx, sought, after, limit)


async def count_of(tx: AsyncConnection, sought: SoughtItems) -> int:
    """How many items are sought."""
    return await choosing.count_of(tx, sought)


async def add_job(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a job over many items."""
    await choosing.add_job(tx, row)


async def job_of(tx: AsyncConnection, key: str) -> Any:
    """A job. Raises NotFound."""
    row = await choosing.job_by_id(tx, key)
    if row is None:
        raise NotFound("There is no such job.")
    return row


async def any_job(tx: AsyncConnection) -> bool:
    """Whether a job is to run."""
    return await choosing.any_job(tx)


async def take_job(tx: AsyncConnection) -> Any:
    """The oldest job that nobody works at, locked until the transaction ends."""
    return await choosing.take_job(tx)


async def change_job(tx: AsyncConnection, key: str, values: Mapping[str, Any]) -> None:
    """How far a job is."""
    await choosing.change_job(tx, key, **values)


async def lineage_of(tx: AsyncConnection, record_id: str) -> Sequence[Any]:
    """Every item that held or became a record."""
    return await repository.items_of(tx, record_id)


async def anything_waits(tx: AsyncConnection) -> bool:
    """Whether there is any waiting item: mostly there is none, and nobody to look up."""
    return await repository.anything_waits(tx)


async def wake_by_indexes(tx: AsyncConnection, indexes: Sequence[bytes]) -> None:
    """Consent came for the person behind these blind indexes: what waits for it is judged again."""
    await repository.mark_due_ids(tx, await repository.ids_by_indexes(tx, indexes), "consent")


async def wake_notices(tx: AsyncConnection) -> None:
    """A notice came."""
    await repository.mark_due(tx, quarantine.c.waits_for == "notice")


async def wake_sources(tx: AsyncConnection) -> None:
    """A source was registered."""
    await repository.mark_due(tx, quarantine.c.waits_for == "source")


async def delete_old(tx: AsyncConnection, vault: Vault, items: Sequence[str]) -> int:
    """Delete items whose time is over, whatever their state; how many.

    Their keys go before `tx` commits: where it does not, the items cannot be opened, and expire the next time.
    """
    if not items:
        return 0
    await vault.discard(items)
    return await repository.delete_items(tx, items)


async def forget(
    tx: AsyncConnection, vault: Vault, indexes: Sequence[bytes], record_ids: Sequence[str]
) -> int:
    """Delete the items found by these blind indexes, and those that held these records; how many.

    Their keys are destroyed before `tx` commits: where that fails they are found and deleted again.
    """
    found = await repository.ids_by_indexes(tx, indexes)
    if record_ids:
        found = sorted({*found, *await repository.lineage_ids(tx, record_ids)})
    if found:
        await vault.destroy(found)
        for start in range(0, len(found), 1_000):
            await repository.delete_items(tx, found[start : start + 1_000])
    return len(found)


async def wake_plan(tx: AsyncConnection, source: str, kind: str) -> None:
    """A source's plan for a kind changed: what broke the one before is judged again."""
    broke = quarantine.c.waits_for == "plan"
    await repository.mark_due(tx, broke & (quarantine.c.source == source) & (quarantine.c.kind == kind))


async def held_by_indexes(
    tx: AsyncConnection, vault: Vault, indexes: Sequence[bytes]
) -> list[tuple[Any, bytes]]:
    """The items found by these blind indexes whose content is still held, opened."""
    rows = await repository.held_items(tx, await repository.ids_by_indexes(tx, indexes))
    clear = await _opened(vault, rows)
    return [(row, clear[row.id]) for row in rows]


async def _opened(vault: Vault, rows: Sequence[Any]) -> dict[str, bytes]:
    places = [(place_of(row.id, row.record_id, row.source), row.sealed) for row in rows]
    clear = await vault.open_sealed(places)
    return {row.id: text for row, text in zip(rows, clear, strict=True)}


async def take_back(
    tx: AsyncConnection, ids: Sequence[str]
) -> tuple[list[str], list[tuple[str, str | None]]]:
    """Remove items that should never have come in: the items removed (their keys may go after the commit), and the
    (id, source) of records that they were released as, which are the caller's to remove."""
    rows = await repository.items_by_ids(tx, ids)
    await repository.remove_items(tx, [row.id for row in rows])
    became = [(row.settled_as, row.source) for row in rows if row.state == RELEASED and row.settled_as]
    return [row.id for row in rows], became
