"""Use cases of the audit trail: record what is done before it is done, and prove that nothing was changed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit import repository
from gateway.audit.domain import GENESIS, Entry, Verdict, entry_hash, follow
from kernel.ids import new_id
from kernel.store.engine import Database

_PAGE = 2_000


async def record(tx: AsyncConnection, key: bytes, entries: Sequence[Entry]) -> None:
    """Append `entries` to the chain in the open transaction; they stand if it commits.

    Raises SQLAlchemyError where they cannot be written: then what they tell of must not be done.
    """
    if not entries:
        return
    sequence, before = await repository.lock_head(tx)
    at = datetime.now(UTC)
    rows = []
    for entry in entries:
        sequence, id_ = sequence + 1, new_id()
        before = entry_hash(key, before, (sequence, id_, at), entry)
        told = {**entry._asdict(), "fields": list(entry.fields)}
        rows.append({"sequence": sequence, "id": id_, "at": at, "hash": before, **told})
    await repository.append(tx, rows)


async def verify_chain(database: Database, key: bytes) -> Verdict:
    """Recompute the whole chain: content changed, entries taken out of the middle or off the end are found."""
    before, expected = GENESIS, 1
    async with database.snapshot() as connection:
        while True:
            rows = await repository.read_chain(connection, expected - 1, _PAGE)
            before, expected, bad = follow(key, before, expected, rows)
            if bad is not None:
                return Verdict(ok=False, entries=expected - 1, first_bad=bad)
            if len(rows) < _PAGE:
                break
        head = await repository.read_head(connection)
    return Verdict(ok=head == (expected - 1, before), entries=expected - 1, first_bad=None)
