"""Keyed hashes: blind indexes (HMAC-SHA-256) and the hashes that tell contents and people apart. No I/O.

Each use has a key of its own, derived from the one secret in KEY_DIR: a hash of one use says nothing in another.
"""

import binascii
import hashlib
import hmac
from base64 import urlsafe_b64decode
from binascii import b2a_base64

from kernel.privacy.names import strip_accents

INDEX_SIZE = 16
PERSON_SIZE = 8
FACET_SIZE = 16
BIRTH_SIZE = 2 * PERSON_SIZE

_BLOCK = 64
_URLSAFE = bytes.maketrans(b"+/", b"-_")


class Indexer:
    """All keyed hashes of ingest."""

    __slots__ = ("_content", "_inner", "_outer", "_person", "_stub_inner", "_stub_outer")

    def __init__(self, secret: bytes) -> None:
        self._inner, self._outer = _contexts(_derived(secret, b"index"))
        self._stub_inner, self._stub_outer = _contexts(_derived(secret, b"stub"))
        self._content = hashlib.sha256(_derived(secret, b"content").ljust(_BLOCK, b"\0"))
        self._person = hashlib.blake2b(key=_derived(secret, b"person"), digest_size=PERSON_SIZE)

    def index(self, kind: str, value: str) -> bytes:
        """The blind index of a canonical identifier: the first 16 bytes of HMAC-SHA-256 over kind and value.

        Two copied contexts instead of `hmac.new`: the same result at half the cost.
        """
        inner = self._inner.copy()
        inner.update(f"{kind}|{value}".encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()[:INDEX_SIZE]

    def stub(self, kind: str, value: str) -> str:
        """A stable stand-in for a value outside the vault, that leads to no blind index (base64url)."""
        inner = self._stub_inner.copy()
        inner.update(f"{kind}|{value}".encode())
        outer = self._stub_outer.copy()
        outer.update(inner.digest())
        return text_of(outer.digest()[:INDEX_SIZE])

    def content(self, clear: bytes) -> bytes:
        """What tells two contents apart (16 bytes); without the key it says nothing of them.

        SHA-256 after one block of key: with half of the state kept back nobody can extend it, and it is twice as quick
        here as keyed BLAKE2b.
        """
        keyed = self._content.copy()
        keyed.update(clear)
        return keyed.digest()[:FACET_SIZE]

    def person(self, national_id: str | None, name: str | None) -> bytes | None:
        """What tells two people on one phone apart: the national id, else the plain name (see `plain_name`)."""
        if national_id:
            told = "id|" + national_id
        elif name:
            told = "name|" + name
        else:
            return None
        keyed = self._person.copy()
        keyed.update(told.encode())
        return keyed.digest()

    def birth(self, born: str, name: str) -> bytes:
        """A date of birth (ISO) and a plain name, whatever the order of its words: two hashes in a row."""
        told = ("born|" + born, "named|" + " ".join(sorted(name.split())))
        hashes = []
        for one in told:
            keyed = self._person.copy()
            keyed.update(one.encode())
            hashes.append(keyed.digest())
        return b"".join(hashes)


def plain_name(name: str) -> str:
    """A name without accents and case, its words between single spaces."""
    return " ".join(strip_accents(name).lower().split())


def text_of(index: bytes) -> str:
    """16 bytes as base64url without padding, as events carry them."""
    return b2a_base64(index, newline=False)[:22].translate(_URLSAFE).decode()


def index_in(text: str) -> bytes | None:
    """The 16 bytes that `text_of` wrote; None where `text` is nothing of the kind."""
    try:
        index = urlsafe_b64decode(text + "==")
    except (binascii.Error, ValueError):
        return None
    return index if len(index) == INDEX_SIZE else None


def _derived(secret: bytes, use: bytes) -> bytes:
    return hmac.digest(secret, b"chandung|" + use, "sha256")


def _contexts(key: bytes) -> "tuple[hashlib._Hash, hashlib._Hash]":
    """The inner and outer hash of HMAC (RFC 2104) with the key already taken in."""
    block = key.ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
    return inner, outer
