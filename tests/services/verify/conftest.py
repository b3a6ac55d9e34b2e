"""The fixtures of verify's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.verify.running import Verify, running


@pytest.fixture
async def verify(tmp_path: Path) -> AsyncIterator[Verify]:
    """A running verify with empty files."""
    async with running(tmp_path) as service:
        yield service
