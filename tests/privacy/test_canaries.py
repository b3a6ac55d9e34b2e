"""The canary search itself finds what it should: a positive control for each form and format."""

import base64
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kernel.privacy.names import strip_accents
from tests.privacy.canaries import PLANTED, Canary, contents, found_in, leaks, planted_gzip


@pytest.mark.parametrize("canary", PLANTED, ids=lambda canary: canary.label)
def test_every_form_of_a_planted_value_is_recognised(canary: Canary) -> None:
    value = canary.value
    assert leaks(b"x" + value.encode() + b"y") == [canary.label]
    assert leaks(strip_accents(value).upper().encode()) == [canary.label]
    assert leaks(value.encode().hex().encode()) == [canary.label]
    for shift in range(3):
        assert leaks(base64.b64encode(b"abc"[:shift] + value.encode() + b"more than this")) == [canary.label]


def test_a_spaced_and_an_international_phone_are_recognised() -> None:
    assert leaks(b"0912 345 987") == leaks(b"+84912345987") == ["phone"]


def test_a_clean_text_is_clean() -> None:
    assert leaks("Nguyễn Văn A mua 3 gói cà phê, 0901 000 000".encode()) == []


def test_rows_of_a_database_and_its_wal_are_read(tmp_path: Path) -> None:
    path = tmp_path / "leaky.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE person (name TEXT)")
        connection.execute("INSERT INTO person VALUES (?)", [PLANTED[0].value])
        connection.commit()
        assert "leaky.db (rows): name" in found_in(contents(path))


def test_columns_of_a_compressed_lake_file_are_read(tmp_path: Path) -> None:
    path = tmp_path / "leaky.parquet"
    pq.write_table(pa.table({"text": [PLANTED[2].value] * 50}), path, compression="zstd")
    assert "leaky.parquet (columns): email" in found_in(contents(path))


def test_streams_inside_a_file_are_inflated(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.write_bytes(planted_gzip())
    assert found_in(contents(path)) == ["spool (inflated): name"]
