"""A person's file becomes records, or one sentence says what is wrong with it."""

from pathlib import Path

import pytest

from deploy.cli.imports import BadFile, import_file, records_in

BASE = {"source": "default", "kind": "profile"}


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with that content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_dots_in_a_header_are_fields_within_fields_and_empty_cells_are_left_out(tmp_path: Path) -> None:
    text = "\ufeffkind,subject.identifiers.phone,subject.attributes.full_name\nsurvey,0905 888 101,Lê Thu Thử\n,0905 888 102,\n"
    first, second = records_in(written(tmp_path, "a.csv", text), BASE)
    assert first.pop("id") != second.pop("id")
    who = {"identifiers": {"phone": "0905 888 101"}, "attributes": {"full_name": "Lê Thu Thử"}}
    assert first == {"source": "default", "kind": "survey", "subject": who}
    assert second == {**BASE, "subject": {"identifiers": {"phone": "0905 888 102"}}}


def test_the_same_row_is_the_same_record_and_another_is_another(tmp_path: Path) -> None:
    rows = [f"subject.identifiers.phone\n{phone}\n" for phone in ("0905 888 101", "0905 888 102")]
    ids = [next(records_in(written(tmp_path, "a.csv", row), BASE))["id"] for row in (*rows, rows[0])]
    assert ids[0] == ids[2] != ids[1]


def test_lines_of_json_keep_what_they_say_themselves(tmp_path: Path) -> None:
    path = written(tmp_path, "a.ndjson", '{"id": "1"}\n\n{"source": "pos"}\n')
    assert list(records_in(path, {"source": "default"})) == [
        {"source": "default", "id": "1"},
        {"source": "pos"},
    ]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "họ tên,payload.total\nLê,1\n", "no field of a record is called 'họ tên'"),
        ("a.csv", "payload.text,payload.text.more\na,b\n", "lies inside another column"),
        ("a.csv", "payload.total\n1,2\n", "line 2: more cells"),
        ("a.csv", "payload.total\n1\n".encode("utf-16"), "not UTF-8"),
        ("a.ndjson", '{"a": 1}\n{"b"\n', "line 2: this is not JSON."),
        ("a.ndjson", "[1]\n", "line 1: this is not a JSON object."),
    ],
)
def test_a_file_that_cannot_be_read_says_where(tmp_path: Path, name: str, content: str, told: str) -> None:
    with pytest.raises(BadFile, match=told):
        list(records_in(written(tmp_path, name, content), BASE))


@pytest.mark.parametrize(
    ("name", "consent", "told"), [("a.txt", None, "only"), ("a.csv", "yes", "--consent")]
)
def test_other_files_and_a_consent_that_is_no_json_are_refused(
    tmp_path: Path, name: str, consent: str | None, told: str
) -> None:
    with pytest.raises(BadFile, match=told):
        import_file(written(tmp_path, name, "payload.total\n1\n"), consent=consent)
