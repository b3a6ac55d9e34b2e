"""One service's database on both dialects, and a log of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kernel.contracts.topics import TOPICS
from kernel.log.open import open_log
from kernel.log.port import Log
from kernel.store.engine import Database
from tests.kernel.store.world import World, metadata


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engines)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/service.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, pool=12)
    async with database.transaction() as tx:
        await tx.run_sync(metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Log]:
    log = open_log(f"sqlite:///{tmp_path}/log.db")
    await log.start()
    await log.create_topics(TOPICS.values())
    yield log
    await log.stop()


@pytest.fixture
def world(database: Database, log: Log) -> World:
    return World(database, log)
