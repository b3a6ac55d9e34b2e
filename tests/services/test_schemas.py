"""The migrations make exactly the tables that the code works with, and the tables say how they are spread."""

from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa

from kernel.privacy.classes import SEALED, Label
from kernel.store.engine import Database
from kernel.store.migrate import migrate
from services.ingest.records.tables import record
from services.ingest.vault.tables import metadata as keyring
from tests.running import differences

EVERY = pytest.mark.parametrize("service", ["gateway", "ingest", "persona", "social", "verify"])


def tables_of(service: str) -> sa.MetaData:
    """What a service declares, every slice of it."""
    package = service if service == "gateway" else f"services.{service}"
    import_module(f"{package}.app")  # every slice's tables register on the metadata
    metadata: sa.MetaData = import_module(f"{package}.tables").metadata
    return metadata


async def migrated_differs(service: str, url: str) -> list[object]:
    """Where a database made by the service's migrations is not as declared."""
    database = Database(url)
    try:
        await migrate(database, service, tables_of(service))
        async with database.snapshot() as connection:
            return await connection.run_sync(differences, tables_of(service))
    finally:
        await database.close()


@EVERY
async def test_the_migrated_schema_is_the_declared_one(service: str, tmp_path: Path) -> None:
    assert await migrated_differs(service, f"sqlite:///{tmp_path / 'one.db'}") == []


@EVERY
async def test_so_it_is_on_a_server(service: str, postgres_url: str) -> None:
    assert await migrated_differs(service, postgres_url) == []


@EVERY
def test_every_table_names_its_distribution_column_and_its_keys_hold_it(service: str) -> None:
    own = [table for table in tables_of(service).tables.values() if "distribution" in table.info]
    assert own
    for table in own:
        column = table.info["distribution"]
        if column == "reference":
            continue
        assert column in table.primary_key.columns, table.name
        for index in table.indexes:
            assert not index.unique or column in index.columns, index.name


def test_the_keyring_is_labelled_too_and_ciphertext_bears_the_strictest() -> None:
    columns = [column for table in keyring.tables.values() for column in table.columns]
    assert {str(one) for one in columns if not isinstance(one.info.get("privacy"), Label)} == set()
    assert record.c.sealed.info["privacy"] == SEALED
