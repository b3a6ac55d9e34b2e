"""Use cases of the quarantine."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import NotFound
from services.ingest.errors import QuarantineLeft
from services.ingest.listing import Position, ReceivedRow, Sought
from services.ingest.quarantine import repository
from services.ingest.quarantine.domain import Item, Reason
from services.ingest.quarantine.tables import quarantine
from services.ingest.vault.service import Place, Vault


class Taken(NamedTuple):
    """A waiting item with its record as it was received; `source` is where it came from, as far as is known."""

    id: str
    source: str | None
    clear: bytes


def place_of(item: str, record_id: str | None, source: str | None) -> Place:
    """Where a quarantined record stands: under a key of its own."""
    return Place(item, record_id or "", source or "")


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


async def take(tx: AsyncConnection, vault: Vault, key: str) -> Taken:
    """A waiting item, locked. Raises NotFound where there is none, QuarantineLeft where it has left."""
    row = await repository.item_by_id(tx, key, lock=True)
    if row is None:
        raise NotFound("There is no such quarantined record.")
    if row.sealed is None:
        raise QuarantineLeft(f"It left the quarantine as {row.state}.")
    return Taken(row.id, row.source, (await _opened(vault, [row]))[key])


async def page_of_waiting(
    tx: AsyncConnection, vault: Vault, after: tuple[int, str] | None, limit: int
) -> list[tuple[Any, bytes]]:
    """Waiting items with their records, oldest first; one more than `limit` where there is another page."""
    rows = await repository.page_of_waiting(tx, after, limit)
    clear = await _opened(vault, rows)
    return [(row, clear[row.id]) for row in rows]


async def page_of_received(
    tx: AsyncConnection, sought: Sought, after: Position | None, limit: int
) -> list[ReceivedRow]:
    """Waiting records in a list of received ones, newest first."""
    return await repository.page_of_received(tx, sought, after, limit)


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


async def wake_plan(tx: AsyncConnection, source: str, kind: str) -> None:
    """A source's plan for a kind changed: what broke the one before is judged again."""
    broke = quarantine.c.waits_for == "plan"
    await repository.mark_due(tx, broke & (quarantine.c.source == source) & (quarantine.c.kind == kind))


async def _opened(vault: Vault, rows: Sequence[Any]) -> dict[str, bytes]:
    places = [(place_of(row.id, row.record_id, row.source), row.sealed) for row in rows]
    clear = await vault.open_sealed(places)
    return {row.id: text for row, text in zip(rows, clear, strict=True)}
