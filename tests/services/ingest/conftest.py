"""Fixtures of ingest."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.ingest.harness import Running, running_ingest


@pytest.fixture
async def ingest(tmp_path: Path) -> AsyncIterator[Running]:
    """A running ingest that knows the notice `core` and has a fresh view of consents."""
    async with running_ingest(tmp_path) as running:
        yield running
