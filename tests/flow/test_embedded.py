"""Embedded mode, from the first start to the last."""

import stat
from pathlib import Path

import pytest

from tests.flow.platforms import credentials_of, embedded
from tests.flow.scenario import a_day
from tests.privacy.canaries import contents, found_in

pytestmark = [pytest.mark.flow, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]

EXEMPT = "outbox"
"""The development outbox alone holds numbers and codes in clear: it stands for the carrier."""


async def test_a_day_leaves_portraits_and_no_personal_data_in_clear(tmp_path: Path) -> None:
    with embedded(tmp_path) as platform:
        await a_day(platform.base_url, credentials_of(platform.data_dir))
        running = stored(tmp_path)
        assert platform.stop() == 0
    assert len(running) > 8
    for place in (*running, *stored(tmp_path)):
        assert found_in(contents(place)) == []


def test_a_second_start_keeps_clients_and_keys_are_private(tmp_path: Path) -> None:
    with embedded(tmp_path) as platform:
        before = credentials_of(platform.data_dir)
    with embedded(tmp_path) as platform:
        assert credentials_of(platform.data_dir) == before
    keys = [path for path in (tmp_path / "keys").rglob("*") if path.is_file()]
    assert keys
    for path in (*keys, tmp_path / "data" / "credentials.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def stored(folder: Path) -> list[Path]:
    """Every file that the platform keeps, its output included."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.stat().st_size and EXEMPT not in path.relative_to(folder).parts
    ]
