"""Schema changes: each service's `migrations/` folder holds Alembic revisions; a start applies those that are missing."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from kernel.store.engine import Database

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "schema_version"


async def migrate(database: Database, service: str, metadata: sa.MetaData) -> None:
    """Bring the database of `service` to the newest revision. Safe to run from several processes at once."""
    folder = migrations_folder(service)
    async with database.transaction() as tx:
        if tx.dialect.name == "postgresql":  # one migrates, the others wait and find nothing to do
            await tx.execute(
                sa.text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"migrate {service}"}
            )
        if await tx.run_sync(_current) == _newest(folder):
            return
        await tx.run_sync(_upgrade, folder, metadata)


def migrations_folder(service: str) -> Path:
    """The `migrations/` folder of a service, wherever it is installed."""
    package = service if service == "gateway" else f"services.{service}"
    return Path(import_module(package).__path__[0]) / "migrations"


def _current(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 - a constant
    return version


def _newest(folder: Path) -> str | None:
    """The newest revision id: files are named `<number>_<what>.py` and their ids are those numbers.

    Read from the names, because importing Alembic costs more than everything else a start does.
    """
    return max((path.name.split("_", 1)[0] for path in folder.glob("[0-9]*.py")), default=None)


def _upgrade(connection: sa.Connection, folder: Path, metadata: sa.MetaData) -> None:
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(folder), version_locations=[str(folder)])

    def steps(revision: object, _context: object) -> object:
        return scripts._upgrade_revs("head", revision)  # type: ignore[arg-type]  # Alembic's own env files do the same

    with EnvironmentContext(alembic_config(folder), scripts, fn=steps) as environment:
        environment.configure(connection, target_metadata=metadata, version_table=VERSION_TABLE)
        environment.run_migrations()


def alembic_config(folder: Path) -> "Config":
    """The Alembic configuration of a migrations folder, without any ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder))
    return config
