"""Every failure of a command is one plain sentence and an exit code; nobody is shown a traceback."""

import sys
from pathlib import Path

import pytest

from deploy.cli.main import main


def outcome(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    """The exit code of a command, and what it wrote on standard error."""
    monkeypatch.setattr(sys, "argv", ["chandung", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), capsys.readouterr().err


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine where nothing has been started."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KEY_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("COLUMNS", "40")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "credentials.json").write_text("{")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "setting", "told"),
    [
        ("clients list", {}, "There are no credentials in"),
        ("clients list", {"DATA_DIR": "broken"}, "broken/credentials.json is broken"),
        ("demo", {}, "credentials.json: No such file or directory"),
        ("keys list", {}, "it is made at the first start"),
        ("import none.csv", {}, "none.csv: No such file or directory"),
        ("import a.txt", {}, ".ndjson, .jsonl is understood"),
        ("doctor", {"PORT": "many"}, "PORT: Input should be a valid integer"),
        ("up", {"DATA_DIR": "broken/credentials.json"}, "broken/credentials.json: File exists"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: str,
    setting: dict[str, str],
    told: str,
) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    code, said = outcome(monkeypatch, capsys, *words.split())
    assert code == 1
    assert said.startswith("chandung: ")
    assert told in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("words", ["up nothing", "import", "clients create", "fly"])
def test_wrong_usage_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    code, said = outcome(monkeypatch, capsys, *words.split())
    assert code == 2
    assert "Traceback" not in said


def test_help_names_the_variables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys, "argv", ["chandung", "up", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    shown = capsys.readouterr().out
    assert all(f"(env {name})" in shown for name in ("HOST", "PORT", "DEMO"))


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.enable_socket
def test_a_platform_that_does_not_answer_is_said_to_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = '{"client_id": "a", "client_secret": "b"}'
    (tmp_path / "broken" / "credentials.json").write_text(f'{{"base_url": "", "operator": {secret}}}')
    monkeypatch.setenv("DATA_DIR", "broken")
    code, said = outcome(monkeypatch, capsys, "clients", "list")
    assert (code, said.count("\n")) == (1, 1)
    assert "does not answer" in said
