"""A file at rest opens whole, with its own key, or not at all."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.imports.spool import PIECE, DamagedSpool, SpoolWriter, open_spool

KEY = bytes(range(32))


def sealed(path: Path, content: bytes, key: bytes = KEY) -> Path:
    path.unlink(missing_ok=True)
    writer = SpoolWriter(path, key, "one")
    for at in range(0, len(content), 70_000):
        writer.write(content[at : at + 70_000])
    writer.close()
    return path


@given(size=st.sampled_from([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 5]))
def test_what_went_in_comes_out(tmp_path_factory: pytest.TempPathFactory, size: int) -> None:
    content = bytes(size % 251 for size in range(size))
    path = sealed(tmp_path_factory.mktemp("spool") / "a", content)
    with open_spool(path, KEY, "one") as file:
        assert file.read() == content
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("harm", ["cut", "swapped", "changed", "other key", "other name"])
def test_what_was_harmed_does_not_open(tmp_path: Path, harm: str) -> None:
    path = sealed(tmp_path / "a", b"x" * (2 * PIECE + 9))
    raw, size = bytearray(path.read_bytes()), PIECE + 16
    if harm == "cut":
        raw = raw[: 2 * size]
    elif harm == "swapped":
        raw = raw[size : 2 * size] + raw[:size] + raw[2 * size :]
    elif harm == "changed":
        raw[5] ^= 1
    path.write_bytes(raw)
    key = bytes(32) if harm == "other key" else KEY
    with open_spool(path, key, "two" if harm == "other name" else "one") as file, pytest.raises(DamagedSpool):
        file.read()
