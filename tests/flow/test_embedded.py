"""Embedded mode, from the first start to the last."""

import asyncio
import stat
from pathlib import Path

import pytest

from tests.flow.platforms import credentials_of, embedded, metrics
from tests.flow.scenario import a_day
from tests.privacy.canaries import leaks
from tests.privacy.contents import leaks_below

pytestmark = [pytest.mark.flow, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.enable_socket]

EXEMPT = "outbox"
"""The development outbox alone holds numbers and codes in clear: it stands for the carrier."""


STORES = {"ingest.db", "verify.db", "social.db", "persona.db", "gateway.db", "log.db", "keyring.db"}


def test_a_day_leaves_portraits_and_no_personal_data_in_clear(tmp_path: Path) -> None:
    with embedded(tmp_path) as platform:
        asyncio.run(a_day(platform.base_url, credentials_of(platform.data_dir)))
        measured = metrics(platform.port)
        running = leaks_below(tmp_path, exempt=EXEMPT)
        assert platform.stop() == 0
    kept = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert kept >= {*STORES, "out.txt"}
    assert any(name.endswith(".parquet") for name in kept)
    assert b"chandung_requests" in measured
    assert open_to_others(tmp_path / "data") == open_to_others(tmp_path / "keys") == []
    assert leaks(measured) == running == leaks_below(tmp_path, exempt=EXEMPT) == []


def test_a_second_start_keeps_clients_and_keys_are_private(tmp_path: Path) -> None:
    with embedded(tmp_path) as platform:
        before = credentials_of(platform.data_dir)
    with embedded(tmp_path) as platform:
        assert credentials_of(platform.data_dir) == {**before, "base_url": platform.base_url}
    for path in (*(tmp_path / "keys").iterdir(), tmp_path / "data" / "credentials.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def open_to_others(folder: Path) -> list[Path]:
    """The files below `folder` that another account could read."""
    return [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mode & 0o077]
