"""The migrated schema is the declared one, and each of its columns says how private it is."""

from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from kernel.store.engine import Database
from kernel.store.migrate import VERSION_TABLE, migrate
from services.social import app as _app  # noqa: F401 - every slice's tables register on the metadata
from services.social.tables import metadata

KINDS = {"none", "pseudonymous", "redacted-text"}


async def test_migrations_make_what_the_tables_declare(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'social.db'}")

    def differences(connection: sa.Connection) -> list[object]:
        options = {"version_table": VERSION_TABLE}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    try:
        await migrate(database, "social", metadata)
        async with database.snapshot() as view:
            assert await view.run_sync(differences) == []
    finally:
        await database.close()


def test_every_column_has_a_privacy_label() -> None:
    columns = [column for table in metadata.tables.values() for column in table.columns]
    assert {str(column) for column in columns if column.info.get("privacy") not in KINDS} == set()
