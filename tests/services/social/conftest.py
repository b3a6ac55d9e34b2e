"""The fixtures of social's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.social.running import Social, running


@pytest.fixture
async def social(tmp_path: Path) -> AsyncIterator[Social]:
    """A running social with empty files."""
    async with running(tmp_path) as service:
        yield service
