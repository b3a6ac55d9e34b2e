"""A start brings the schema up, once, whoever else starts at the same time."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from kernel.store import migrate as module
from kernel.store.engine import Database
from kernel.store.migrate import VERSION_TABLE, migrate, migrations_folder

FIRST = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None

def upgrade() -> None:
    op.create_table("shop", sa.Column("name", sa.Text, primary_key=True))
"""
SECOND = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"

def upgrade() -> None:
    op.add_column("shop", sa.Column("city", sa.Text, server_default="Huế"))
"""
BROKEN = """
from alembic import op

revision, down_revision = "0003", "0002"

def upgrade() -> None:
    op.execute("UPDATE shop SET name = 'lost'")
    op.execute("DROP TABLE nowhere")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "migrations"
    folder.mkdir()
    monkeypatch.setattr(module, "migrations_folder", lambda _service: folder)
    return folder


async def version(database: Database) -> str | None:
    async with database.snapshot() as connection:
        found: str | None = await connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))
        return found


async def test_missing_revisions_are_applied_in_order_and_data_stays(
    database: Database, folder: Path
) -> None:
    (folder / "0001_shops.py").write_text(FIRST)
    await migrate(database, "tester", sa.MetaData())
    async with database.transaction() as tx:
        await tx.execute(sa.text("INSERT INTO shop (name) VALUES ('Bến Thành')"))
    (folder / "0002_cities.py").write_text(SECOND)
    await migrate(database, "tester", sa.MetaData())
    await migrate(database, "tester", sa.MetaData())
    async with database.snapshot() as connection:
        rows = (await connection.execute(sa.text("SELECT name, city FROM shop"))).all()
    assert [tuple(row) for row in rows] == [("Bến Thành", "Huế")]
    assert await version(database) == "0002"


async def test_many_may_start_at_once(database: Database, folder: Path) -> None:
    (folder / "0001_shops.py").write_text(FIRST)
    (folder / "0002_cities.py").write_text(SECOND)
    await asyncio.gather(*(migrate(database, "tester", sa.MetaData()) for _ in range(5)))
    assert await version(database) == "0002"


async def test_a_revision_that_fails_changes_nothing(database: Database, folder: Path) -> None:
    (folder / "0001_shops.py").write_text(FIRST)
    (folder / "0002_cities.py").write_text(SECOND)
    await migrate(database, "tester", sa.MetaData())
    async with database.transaction() as tx:
        await tx.execute(sa.text("INSERT INTO shop (name) VALUES ('kept')"))
    (folder / "0003_broken.py").write_text(BROKEN)
    with pytest.raises(sa.exc.DBAPIError):
        await migrate(database, "tester", sa.MetaData())
    async with database.snapshot() as connection:
        assert await connection.scalar(sa.text("SELECT name FROM shop")) == "kept"
    assert await version(database) == "0002"


@pytest.mark.parametrize("service", ["ingest", "verify", "social", "persona", "gateway"])
def test_every_service_brings_its_migrations(service: str) -> None:
    assert list(migrations_folder(service).glob("[0-9]*.py"))
