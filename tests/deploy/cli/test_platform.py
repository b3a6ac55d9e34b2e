"""What `up` and `doctor` do beside starting."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from deploy.cli.platform import doctor, keep_private


@pytest.fixture
def umask() -> Iterator[None]:
    """The process's umask is a usual one, and afterwards what it was."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_what_the_platform_writes_is_its_own_accounts_alone(tmp_path: Path) -> None:
    keep_private(tmp_path / "data")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "keyring.db").touch()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {"data": 0o711, "keys": 0o700, "keyring.db": 0o600}


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.enable_socket
@pytest.mark.parametrize(("mode", "trouble"), [(0o700, False), (0o755, True)])
def test_doctor_fails_where_keys_are_open_to_others_and_not_for_what_is_optional(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mode: int,
    trouble: bool,
) -> None:
    (tmp_path / "keys").mkdir(mode=mode)
    (tmp_path / "keys").chmod(mode)
    for name, value in {
        "DATA_DIR": "data",
        "KEY_DIR": "keys",
        "PORT": "1",
        "PATH": "",
        "COLUMNS": "120",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    if trouble:
        with pytest.raises(typer.Exit) as ended:
            doctor()
        assert ended.value.exit_code == 1
    else:
        doctor()
    shown = capsys.readouterr().out
    assert "does not answer" in shown
    assert ("open to others" in shown) is trouble
