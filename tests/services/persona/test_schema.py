"""The migrations make exactly the tables that the code works with."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.persona.tables import metadata
from tests.services.persona.running import Persona


async def test_the_migrated_schema_is_the_declared_one(persona: Persona) -> None:
    def differences(connection: sa.Connection) -> list[object]:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
        return [change for change in found if "schema_version" not in str(change)]

    async with persona.database.snapshot() as connection:
        assert await connection.run_sync(differences) == []


def test_every_table_names_its_distribution_column_and_its_key_holds_it() -> None:
    own = [table for table in metadata.tables.values() if "distribution" in table.info]
    assert len(own) == 11
    for table in own:
        column = table.info["distribution"]
        assert column == "reference" or column in table.primary_key.columns, table.name
