"""Use cases of the audit trail: record what is done before it is done, and prove that nothing was changed."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit import repository
from gateway.audit.checkpoints import trouble_in
from gateway.audit.domain import GENESIS, Entry, Place, Verdict, entry_hash, follow
from kernel.ids import new_id
from kernel.signing import SigningKeys
from kernel.store.engine import Database

_PAGE = 2_000


async def record(tx: AsyncConnection, key: bytes, entries: Sequence[Entry]) -> None:
    """Append `entries` to a chain in the open transaction; they stand if it commits.

    Writers at work at the same moment append to different chains, and so do not wait for each other. Raises
    SQLAlchemyError where the entries cannot be written: then what they tell of must not be done.
    """
    if not entries:
        return
    chain, sequence, before = await repository.lock_head(tx)
    at = datetime.now(UTC)
    rows = []
    for entry in entries:
        sequence, id_ = sequence + 1, new_id()
        before = entry_hash(key, before, Place(chain, sequence, id_, at), entry)
        told = {**entry._asdict(), "fields": list(entry.fields)}
        rows.append({"chain": chain, "sequence": sequence, "id": id_, "at": at, "hash": before, **told})
    await repository.append(tx, rows)


async def verify_trail(database: Database, key: bytes, signing: SigningKeys) -> Verdict:
    """Recompute every chain, and hold all against the checkpoints.

    Entries that were changed, moved, taken out of the middle or off the end are found; where chain and end were set
    back together, by the first checkpoint that saw more.
    """
    entries, trouble = 0, None
    async with database.snapshot() as connection:
        for head in await repository.heads(connection):
            last, checked, bad = await _follow(connection, key, head.chain)
            entries += checked
            if bad is not None:
                return Verdict(ok=False, entries=entries, first_bad=bad)
            if (head.sequence, head.hash) != (checked, last):
                trouble = trouble or f"chain {head.chain} has another end than it had"
        checkpoints, wrong = await trouble_in(connection, signing)
    trouble = trouble or wrong
    return Verdict(trouble is None, entries, None, checkpoints, trouble)


async def _follow(tx: AsyncConnection, key: bytes, chain: int) -> tuple[bytes, int, str | None]:
    """The last good hash of a chain, how many entries are good, and the first bad one."""
    before, expected = GENESIS, 1
    while True:
        rows = await repository.read_chain(tx, chain, expected - 1, _PAGE)
        before, expected, bad = follow(key, before, expected, rows, chain)
        if bad is not None or len(rows) < _PAGE:
            return before, expected - 1, bad
