"""An uploaded file at rest: in pieces sealed with AES-256-GCM under a key of its own, which goes with the import.

The nonce of a piece is its number and whether it is the last (the STREAM construction): with a key that seals one file
no nonce comes twice, and pieces that were swapped, cut off or taken from another file do not open.
"""

import io
import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PIECE: Final = 1 << 20
_TAG: Final = 16


class DamagedSpool(OSError):
    """The file is not what was sealed, or not under this key."""


class SpoolWriter:
    """Seals what is written to a new file at `path`, which only its owner may read. `close` makes it whole."""

    def __init__(self, path: Path, key: bytes, name: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)
        self._cipher, self._name = AESGCM(key), name.encode()
        self._held = bytearray()
        self._number = 0
        self.size = 0

    def write(self, data: bytes) -> None:
        """Take more of the file."""
        self._held += data
        self.size += len(data)
        while len(self._held) > PIECE:  # the last piece may be full, but never empty
            self._seal(PIECE, last=False)

    def close(self) -> None:
        """Seal what is left, and wait until the disk has all of it."""
        self._seal(len(self._held), last=True)
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Close without an end: what was written opens no more."""
        self._file.close()

    def _seal(self, size: int, *, last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), bytes(self._held[:size]), self._name)
        self._file.write(sealed)
        self._number += 1
        del self._held[:size]


def open_spool(path: Path, key: bytes, name: str) -> io.BufferedReader:
    """The file that was sealed, piece by piece. Reading raises DamagedSpool."""
    return io.BufferedReader(_Pieces(path, key, name), PIECE)


class _Pieces(io.RawIOBase):
    def __init__(self, path: Path, key: bytes, name: str) -> None:
        self._file = path.open("rb")
        self._left = path.stat().st_size
        self._cipher, self._name = AESGCM(key), name.encode()
        self._number, self._clear = 0, memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]  # as io.RawIOBase calls it
        if not self._clear and self._left:
            self._clear = memoryview(self._next())
        size = min(len(buffer), len(self._clear))
        buffer[:size] = self._clear[:size]
        self._clear = self._clear[size:]
        return size

    def _next(self) -> bytes:
        sealed = self._file.read(PIECE + _TAG)
        self._left -= len(sealed)
        try:
            clear = self._cipher.decrypt(_nonce(self._number, last=not self._left), sealed, self._name)
        except InvalidTag:
            raise DamagedSpool("The spool does not open.") from None
        self._number += 1
        return clear

    def close(self) -> None:
        self._file.close()
        super().close()


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
