"""The search reads every format that a store of ours keeps: a positive control for each."""

import gzip
import sqlite3
import zipfile
import zlib
from contextlib import closing
from pathlib import Path

import cramjam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from tests.privacy.canaries import CONTROL, found_in
from tests.privacy.contents import contents, leaks_below

VALUE = CONTROL.value.encode()
LONG = b'{"text": "%b"}' % VALUE * 40


def test_rows_of_a_database_and_its_wal_are_read(tmp_path: Path) -> None:
    path = tmp_path / "leaky.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE answer (body BLOB)")
        connection.execute("INSERT INTO answer VALUES (?)", [CONTROL.value])
        connection.commit()
        assert found_in(contents(path)) == ["leaky.db (rows): control"]
        assert found_in(contents(tmp_path / "leaky.db-wal")) == ["leaky.db-wal (raw): control"]


def test_a_deleted_row_is_found_in_the_pages_that_it_left(tmp_path: Path) -> None:
    path = tmp_path / "leaky.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete=OFF")  # some builds wipe what is deleted
        connection.execute("CREATE TABLE person (name TEXT)")
        connection.executemany("INSERT INTO person VALUES (?)", [[CONTROL.value]] * 3)
        connection.commit()
        connection.execute("DELETE FROM person")
        connection.commit()
    assert found_in(contents(path)) == ["leaky.db (raw): control"]


def test_a_stored_answer_that_is_compressed_is_inflated_over_its_overflow_pages(tmp_path: Path) -> None:
    path = tmp_path / "answers.db"
    noise = "".join(f"{number * 7919 % 100003:05d}" for number in range(20_000))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE answer (body BLOB)")
        connection.execute("INSERT INTO answer VALUES (?)", [gzip.compress(noise.encode() + VALUE)])
        connection.commit()
    assert "answers.db (rows) (inflated): control" in found_in(contents(path))


@pytest.mark.parametrize("codec", ["zstd", "snappy", "gzip", "lz4", "none"])
def test_columns_of_a_lake_file_are_read(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "leaky.parquet"
    pq.write_table(pa.table({"text": [CONTROL.value] * 50}), path, compression=codec)
    assert "leaky.parquet (columns): control" in found_in(contents(path))


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(LONG), zlib.compress(LONG), bytes(cramjam.zstd.compress(LONG)), bytes(cramjam.lz4.compress(LONG))],
    ids=["gzip", "zlib", "zstd", "lz4"],
)  # fmt: skip
def test_a_stream_inside_a_spooled_file_is_inflated(tmp_path: Path, packed: bytes) -> None:
    (tmp_path / "spool").write_bytes(b"head" + packed + b"tail")
    assert "spool (inflated): control" in found_in(contents(tmp_path / "spool"))


def test_members_of_an_archive_are_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("person.json", LONG)
    assert found_in(contents(tmp_path / "export.zip")) == ["export.zip (members): control"]


@pytest.mark.parametrize("codec", range(5), ids=["none", "gzip", "snappy", "lz4", "zstd"])
@pytest.mark.parametrize("place", ["key", "value", "headers"])
def test_messages_of_a_kafka_segment_are_read(tmp_path: Path, codec: int, place: str) -> None:
    path = tmp_path / "00000000000000000000.log"
    told = {"key": b"k", "value": b"v" * 500, "headers": [("about", b"h")]}
    told[place] = [("about", VALUE)] if place == "headers" else VALUE
    with path.open("wb") as segment:
        for message in ({"key": b"k", "value": b"v", "headers": []}, told):
            builder = DefaultRecordBatchBuilder(2, codec, False, 0, 0, 0, 100_000)
            for offset in range(20):
                builder.append(offset, timestamp=1, **message)
            segment.write(builder.build())
    assert f"{path.name} (messages): control" in found_in(contents(path))


def test_a_line_of_a_captured_log_is_found_and_the_carriers_outbox_is_exempt(tmp_path: Path) -> None:
    (tmp_path / "outbox").mkdir()
    (tmp_path / "outbox" / "code.json").write_bytes(LONG)
    assert leaks_below(tmp_path, exempt="outbox") == []
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "ingest.out").write_text(f'{{"event": "a record of {CONTROL.value} arrived"}}\n')
    assert leaks_below(tmp_path, exempt="outbox") == ["logs/ingest.out (raw): control"]
