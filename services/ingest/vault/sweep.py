"""Orphans: keys that nothing is sealed under, because a process died between keyring and data. Swept after a grace."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Fault
from kernel.privacy.classes import SEALED
from kernel.store.bulk import select_any
from kernel.store.engine import Database
from services.ingest import moments
from services.ingest.vault import repository
from services.ingest.vault.ring import Keyring
from services.ingest.vault.service import Vault

BATCH = 1_000
EVERY_S = 3_600.0
HOUR_US = 3_600 * 1_000_000


@dataclass(slots=True)
class OrphanSweep:
    """Notes keys without data, and removes those that have been so for the grace time. `run` until cancelled.

    A key is in use where its owner stands in an indexed id column of any table of the service (and, where that table
    holds ciphertexts, one is there): also of tables that come later. Safe in several processes at once.
    """

    vault: Vault
    database: Database
    metadata: sa.MetaData
    grace_h: float

    @property
    def ring(self) -> Keyring:
        """The keyring that is swept."""
        return self.vault.ring

    async def run(self) -> None:
        """Sweep hourly; failures of a database are waited out."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.sweep()
            except (Fault, sa.exc.SQLAlchemyError, OSError) as error:
                structlog.get_logger().warning("orphans not swept", error=type(error).__name__)

    async def sweep(self) -> int:
        """Look through all keys once; how many were removed."""
        cursor: str | None = None
        removed = 0
        while True:
            async with self.ring.snapshot() as connection:
                owners = await repository.owners_after(connection, cursor, BATCH)
                noted = await repository.orphans_between(connection, cursor, owners[-1]) if owners else {}
            if not owners:
                return removed
            removed += await self._judge(owners, noted)
            cursor = owners[-1]

    async def _judge(self, owners: Sequence[str], noted: dict[str, int]) -> int:
        orphans = set(owners) - await self._used(owners)
        due_before = moments.now() - int(self.grace_h * HOUR_US)
        due = [owner for owner in sorted(orphans) if noted.get(owner, due_before) < due_before]
        new, adopted = sorted(orphans - noted.keys()), sorted(noted.keys() - orphans)
        if due:
            await self.vault.discard(due)
            structlog.get_logger().info("orphaned keys swept", keys=len(due))
        if due or new or adopted:
            async with self.ring.transaction() as tx:
                await repository.note_orphans(tx, new)
                await repository.unnote_orphans(tx, [*adopted, *due])
        return len(due)

    async def _used(self, owners: Sequence[str]) -> set[str]:
        found: set[str] = set()
        async with self.database.snapshot() as connection:
            for column, condition in _owner_columns(self.metadata):
                found |= await _those_in(connection, column, condition, owners)
        return found


async def _those_in(
    connection: AsyncConnection,
    column: sa.Column[str],
    condition: sa.ColumnElement[bool],
    owners: Sequence[str],
) -> set[str]:
    query = sa.select(column).where(condition)
    return {str(row[0]) for row in await select_any(connection, query, column, owners)}


def _owner_columns(metadata: sa.MetaData) -> list[tuple[sa.Column[str], sa.ColumnElement[bool]]]:
    """Id columns that an index begins with, and what makes a row of their table count."""
    found = []
    for table in metadata.sorted_tables:
        leading = {next(iter(table.primary_key.columns)), *(next(iter(one.columns)) for one in table.indexes)}
        sealed = [column for column in table.columns if column.info.get("privacy") == SEALED]
        counts = sa.or_(*(column.is_not(None) for column in sealed)) if sealed else sa.true()
        found += [(column, counts) for column in leading if isinstance(column.type, sa.Uuid)]
    return found
