"""What files hold: their raw bytes, and what these mean in every format that a store of ours keeps."""

import os
import re
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import cramjam

from tests.privacy.canaries import found_in

MOST = 10_000_000
"""Bytes of one inflated stream that are looked at."""

HEADER = 61
"""Bytes before the messages of a Kafka record batch (version 2)."""

_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|\x28\xb5\x2f\xfd|\x04\x22\x4d\x18")
_SEGMENT = re.compile(r"\d{20}\.log(\.deleted)?")


def leaks_below(folder: Path, *, exempt: str = "") -> list[str]:
    """`folder/place: label` for every leak in a file below `folder`; what is named `exempt` is left out."""
    leaks: list[str] = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if exempt not in relative.parts and path.is_file():
            with suppress(FileNotFoundError):  # a running store removes files under our eyes
                leaks += (f"{relative.parent}/{leak}" for leak in found_in(contents(path)))
    return leaks


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """What is in a file: its raw bytes, and what they mean (rows, columns, messages, members, inflated streams)."""
    raw = written(path)
    yield f"{path.name} (raw)", raw
    yield from _inflated(path.name, raw)
    for kind, parts in _meaning(path, raw):
        for part in parts:
            yield f"{path.name} ({kind})", part
            yield from _inflated(f"{path.name} ({kind})", part)


def written(path: Path) -> bytes:
    """The bytes of a file without its holes: Kafka's indexes are 10 MB of nothing until they are closed."""
    parts, place = [], 0
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while place < end:
            try:
                place = file.seek(place, os.SEEK_DATA)
            except OSError:  # only a hole is left
                break
            stop = file.seek(place, os.SEEK_HOLE)
            file.seek(place)
            parts.append(file.read(stop - place))
            place = stop
    return b"".join(parts)


def _meaning(path: Path, raw: bytes) -> Iterator[tuple[str, Iterable[bytes]]]:
    if raw.startswith(b"SQLite format 3"):
        yield "rows", sqlite_cells(path)
    elif raw.startswith(b"PAR1"):
        yield "columns", [parquet_text(path)]
    elif raw.startswith(b"PK\x03\x04") and zipfile.is_zipfile(path):
        yield "members", zip_members(path)
    elif _SEGMENT.fullmatch(path.name):
        yield "messages", messages(raw)


def sqlite_cells(path: Path) -> Iterator[bytes]:
    """Every cell of every table of a SQLite file, committed WAL pages included."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            yield from together(connection.execute(f'SELECT * FROM "{table}"'))


def together(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """All cells of a table in one, which is quick to search, and each that is a compressed stream by itself."""
    cells = [as_bytes(cell) for row in rows for cell in row]
    yield from (cell for cell in cells if _STREAM.match(cell))
    yield b"\n".join(cells)


def as_bytes(cell: Any) -> bytes:
    """A cell as bytes, whatever its type."""
    return bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()


def parquet_text(path: Path) -> bytes:
    """All values of a Parquet file, decompressed and decoded."""
    import pyarrow.parquet as pq

    return repr(pq.ParquetFile(path).read().to_pydict()).encode()


def zip_members(path: Path) -> Iterator[bytes]:
    """Every member of a ZIP file (exports, spreadsheets), inflated."""
    with zipfile.ZipFile(path) as archive:
        yield from (archive.read(name) for name in archive.namelist())


def messages(raw: bytes) -> Iterator[bytes]:
    """Keys, values and headers of every message of a Kafka segment, whatever the codec of its batches."""
    yield from together(
        (
            message.key or b"",
            message.value or b"",
            *(part or b"" for header in message.headers for part in header),
        )
        for batch in batches(raw)
        for message in batch
    )


def batches(raw: bytes) -> Iterator[Iterable[Any]]:
    """The record batches of a Kafka segment; the last one may be cut off."""
    from aiokafka.record.default_records import DefaultRecordBatch

    place = 0
    while place + HEADER <= len(raw):
        size = 12 + struct.unpack_from(">i", raw, place + 8)[0]
        if raw[place + 16] != 2 or place + size > len(raw):
            break
        yield DefaultRecordBatch(raw[place : place + size])
        place += size


def _inflated(name: str, raw: bytes) -> Iterator[tuple[str, bytes]]:
    yield from ((f"{name} (inflated)", part) for part in inflated(raw))


def inflated(raw: bytes) -> Iterator[bytes]:
    """Every gzip, zlib, zstd or lz4 stream that starts anywhere in `raw`; of each its first 10 MB."""
    view = memoryview(raw)
    for match in _STREAM.finditer(raw):
        part = _inflate(view[match.start() :], match[0])
        if len(part) > 16:
            yield part


def _inflate(data: memoryview, magic: bytes) -> bytes:
    """What `data` begins with, as far as it can be read; nothing where the magic number was chance."""
    if magic[0] in (0x1F, 0x78):
        window = 31 if magic[0] == 0x1F else 15
        with suppress(zlib.error):
            zlib.decompressobj(window).decompress(data[:100])  # chance mostly shows early
            return zlib.decompressobj(window).decompress(data, MOST)
        return b""
    codec = cramjam.zstd if magic[0] == 0x28 else cramjam.lz4
    for size in (65_536, MOST):  # most are small, and the room costs more than what is put into it
        room = bytearray(size)
        with suppress(
            cramjam.DecompressionError
        ):  # what follows the frame is none: noticed after it was written
            codec.decompress_into(data, room)
        if not room[-1]:
            break
    return bytes(room.rstrip(b"\0"))
