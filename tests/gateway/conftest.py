"""The running gateway of these tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.edge.running import Gateway, running


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway with empty files."""
    async with running(tmp_path) as made:
        yield made
