"""A person's file becomes records, or one sentence says what is wrong with it."""

from pathlib import Path
from typing import Any

import pytest

from deploy.cli.imports import BadFile, import_file, records_in

BASE = {"source": "default", "kind": "profile"}


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_lines_of_json_keep_what_they_say_themselves(tmp_path: Path) -> None:
    path = written(tmp_path, "a.ndjson", '{"id": "1"}\n\n{"source": "pos"}\n')
    assert list(records_in(path, {"source": "default"})) == [
        {"source": "default", "id": "1"},
        {"source": "pos"},
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.ndjson", '{"a": 1}\n{"b"\n', "line 2: this is not JSON."),
        ("a.ndjson", "[1]\n", "line 1: this is not a JSON object."),
        ("a.ndjson", '{"a": 1}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(
    tmp_path: Path, name: str, content: str | bytes, told: str
) -> None:
    with pytest.raises(BadFile, match=told):
        list(records_in(written(tmp_path, name, content), BASE))


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("a.pdf", {}, "is understood"),
        ("a.csv", {"consent": "yes"}, "--consent"),
        ("a.csv", {"mapping": "{oops"}, "--mapping"),
    ],
)
def test_other_files_and_what_is_no_json_are_refused_before_anything_is_sent(
    tmp_path: Path, name: str, given: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadFile, match=told):
        import_file(written(tmp_path, name, "payload.total\n1\n"), **given)
