"""The fixtures of the persona service's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.persona.running import Persona, running


@pytest.fixture
async def persona(tmp_path: Path) -> AsyncIterator[Persona]:
    """A running persona service with empty files."""
    async with running(tmp_path) as service:
        yield service
