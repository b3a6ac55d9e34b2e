"""Planted people, every form their data could leak in, and readers for every format that a store keeps."""

import base64
import gzip
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernel.privacy.names import strip_accents


@dataclass(frozen=True)
class Canary:
    """One planted value, with a name for messages that must not repeat it."""

    label: str
    value: str


PLANTED = (
    Canary("name", "Trương Thị Bích Hạnh"),
    Canary("phone", "0912345987"),
    Canary("email", "bichhanh.kenari@example.com"),
    Canary("national id", "079190123456"),
    Canary("address", "17/42 Ngõ Sơn Ca"),
    Canary("name in text", "Đoàn Văn Kiên Cường"),
    Canary("phone in text", "0987123654"),
    Canary("email in text", "cuongkien.kenari@example.org"),
    Canary("national id in text", "001088654321"),
    Canary("handle", "kenari_handle_77"),
)


def forms(value: str) -> set[bytes]:
    """`value` raw, unaccented, lower-case, spaced, E.164, hexadecimal, base64 (at every alignment), UTF-16."""
    texts = {value, strip_accents(value), value.lower(), strip_accents(value).lower()}
    digits = re.sub(r"\D", "", value)
    if len(digits) == len(value) >= 9:
        texts |= {" ".join(digits), ".".join(re.findall("...?", digits)), digits[1:]}
        texts |= {f"{digits[:4]} {digits[4:7]} {digits[7:]}", f"+84{digits[1:]}", f"84{digits[1:]}"}
    if " " in value:
        texts |= {value.replace(" ", ""), strip_accents(value).replace(" ", ""), value.replace(" ", "_")}
    raw = {text.encode() for text in texts} | {value.encode("utf-16-le")}
    coded = {data.hex().encode() for data in raw} | {data.hex().upper().encode() for data in raw}
    for data in (value.encode(), strip_accents(value).encode()):
        for shift in range(3):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                whole = encode(b"\0" * shift + data)
                coded.add(whole[4 if shift else 0 : len(whole) // 4 * 4 - 4])
    return {form for form in raw | coded if len(form) >= 8}


_FORMS = {canary.label: forms(canary.value) for canary in PLANTED}


def leaks(data: bytes) -> list[str]:
    """The labels of the canaries that `data` holds in any form."""
    folded = data.lower()
    return [
        label
        for label, wanted in _FORMS.items()
        if any(form in data or form.lower() in folded for form in wanted)
    ]


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """What is in a file: its raw bytes, and what they mean (rows, columns, inflated streams)."""
    raw = path.read_bytes()
    yield f"{path.name} (raw)", raw
    if raw.startswith(b"SQLite format 3"):
        yield f"{path.name} (rows)", b"\n".join(sqlite_cells(path))
    elif raw.startswith(b"PAR1"):
        yield f"{path.name} (columns)", parquet_text(path)
    yield from ((f"{path.name} (inflated)", part) for part in inflated(raw))


def sqlite_cells(path: Path) -> Iterator[bytes]:
    """Every cell of every table of a SQLite file, committed WAL pages included."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for name in names:
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                yield from (as_bytes(cell) for cell in row)


def as_bytes(cell: Any) -> bytes:
    """A cell as bytes, whatever its type."""
    return bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()


def parquet_text(path: Path) -> bytes:
    """All values of a Parquet file, decompressed and decoded."""
    import pyarrow.parquet as pq

    return repr(pq.read_table(path).to_pydict()).encode()


def inflated(raw: bytes) -> Iterator[bytes]:
    """Every gzip or zlib stream that starts anywhere in `raw`."""
    for match in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x9c\xda]", raw):
        start = match.start()
        window = 31 if raw[start] == 0x1F else 15
        try:
            part = zlib.decompressobj(window).decompress(raw[start:], 10_000_000)
        except zlib.error:
            continue
        if len(part) > 16:
            yield part


def found_in(parts: Iterable[tuple[str, bytes]]) -> list[str]:
    """`place: label` for every leak in `parts`."""
    return [f"{place}: {label}" for place, data in parts for label in leaks(data)]


def planted_gzip() -> bytes:
    """A gzip file that leaks: the positive control of `inflated`."""
    return b"head" + gzip.compress(PLANTED[0].value.encode() * 3) + b"tail"
