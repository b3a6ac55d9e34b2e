"""The migrations make exactly the tables that the code works with, and every column says what it holds."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from kernel.privacy.classes import SEALED
from services.ingest.records.tables import record
from services.ingest.tables import metadata
from services.ingest.vault.tables import metadata as keyring
from tests.services.ingest.harness import Running


async def test_the_migrated_schema_is_the_declared_one(ingest: Running) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
        return [change for change in found if "schema_version" not in str(change)]

    async with ingest.app.state.chassis.database.snapshot() as connection:
        assert await connection.run_sync(differences) == []


def test_every_column_has_a_privacy_label_and_ciphertext_the_strictest() -> None:
    for table in (*metadata.tables.values(), *keyring.tables.values()):
        for column in table.columns:
            assert "privacy" in column.info, f"{table.name}.{column.name}"
    assert record.c.sealed.info["privacy"] == SEALED


def test_every_table_names_its_distribution_column_and_its_keys_hold_it() -> None:
    own = [table for table in metadata.tables.values() if "distribution" in table.info]
    assert len(own) == 11
    for table in own:
        column = table.info["distribution"]
        if column == "reference":
            continue
        assert column in table.primary_key.columns, table.name
        for index in table.indexes:
            assert not index.unique or column in index.columns, index.name
