"""Secrets are made once, for their owner's eyes."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kernel.keys import internal_secret, secret_file


def test_a_secret_is_made_once_and_then_stays(tmp_path: Path) -> None:
    first = secret_file(tmp_path / "keys", "a.key")
    assert len(first) == 32
    assert secret_file(tmp_path / "keys", "a.key") == first
    assert secret_file(tmp_path / "keys", "b.key") != first
    assert len(secret_file(tmp_path / "keys", "c.key", size=64)) == 64


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    secret_file(folder, "a.key")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "a.key").stat().st_mode) == 0o600


def test_many_that_start_at_once_agree_and_leave_no_drafts(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(lambda _: secret_file(tmp_path / "keys", "a.key"), range(64)))
    assert len(secrets) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["a.key"]


def test_a_damaged_secret_is_an_error_and_not_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "a.key").write_text("not hex")
    with pytest.raises(ValueError, match="hex"):
        secret_file(tmp_path, "a.key")


def test_the_configured_secret_wins(tmp_path: Path) -> None:
    assert internal_secret(tmp_path, "told from outside") == b"told from outside"
    assert internal_secret(tmp_path, "") == internal_secret(tmp_path, "") != b""
