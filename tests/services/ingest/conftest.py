"""Fixtures of ingest."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.engines import create_databases, database_url, drop_databases
from kernel.ids import new_id
from tests.services.ingest.harness import Running, running_ingest


@pytest.fixture
async def ingest(tmp_path: Path) -> AsyncIterator[Running]:
    """A running ingest that knows the notice `core` and has a fresh view of consents."""
    async with running_ingest(tmp_path) as running:
        yield running


@pytest.fixture
def server_urls(postgres_server_url: str) -> Iterator[dict[str, str]]:
    """Settings that put data and keyring into new databases of a server."""
    names = [f"{what}_{new_id().replace('-', '')}" for what in ("data", "keyring")]
    create_databases(postgres_server_url, names)
    data, keyring = (database_url(postgres_server_url, name) for name in names)
    yield {"database_url": data, "keyring_url": keyring}
    drop_databases(postgres_server_url, names)


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest) -> dict[str, str]:
    """Settings that put data and keyring into files, then into databases of a server."""
    found: dict[str, str] = {} if request.param == "sqlite" else request.getfixturevalue("server_urls")
    return found
