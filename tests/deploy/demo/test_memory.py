"""The memory outlives the process and refuses a second company."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.demo.memory import is_loaded, recall

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)


def test_what_was_kept_is_recalled(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    assert recall(path, NOW).keep("study", "s1") == "s1"
    again = recall(path)
    assert (again.now, again.ids) == (NOW, {"study": "s1"})
    assert [file.name for file in tmp_path.iterdir()] == ["demo.json"]


def test_a_new_moment_lies_in_the_past_on_the_hour() -> None:
    now = recall(None).now
    assert now < datetime.now(UTC)
    assert (now.minute, now.second) == (0, 0)


def test_another_moment_than_the_remembered_one_is_refused(tmp_path: Path) -> None:
    recall(tmp_path / "demo.json", NOW)
    with pytest.raises(ValueError, match="as of"):
        recall(tmp_path / "demo.json", NOW.replace(day=2))


def test_a_demo_is_loaded_once_its_run_is_done(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    assert not is_loaded(path)
    memory = recall(path, NOW)
    assert not is_loaded(path)
    memory.keep("done", "r1")
    assert is_loaded(path)
