"""Envelopes: how a record is sealed under a data key, and a data key under the key-encryption key. No I/O."""

import os
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
KEY = 32


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a sealed record stands: its associated data, so that a row moved elsewhere does not open."""

    origin: str
    """Origin subject id, or the quarantine id."""
    record_id: str
    source: str

    def bound(self) -> bytes:
        """The associated data."""
        return f"record|{self.origin}|{self.record_id}|{self.source}".encode()


def seal(key: bytes, place: Place, clear: bytes, nonce: bytes) -> bytes:
    """`clear` under `key`, bound to `place`: nonce (12 bytes, never used before with this key), then ciphertext."""
    return nonce + AESGCM(key).encrypt(nonce, clear, place.bound())


def unseal(key: bytes, place: Place, sealed: bytes) -> bytes:
    """What was sealed. Raises `cryptography.exceptions.InvalidTag` where key, place or bytes are not the same."""
    return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], place.bound())


class KeyEncryption(msgspec.Struct, frozen=True):
    """Key-encryption keys by version; new data keys are wrapped by the current one."""

    current: int
    keys: Mapping[str, str]

    def wrap(self, owner: str, key: bytes) -> bytes:
        """`key` wrapped by the current key-encryption key, bound to its owner."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher(self.current).encrypt(nonce, key, owner.encode())

    def unwrap(self, owner: str, version: int, wrapped: bytes) -> bytes:
        """The data key. Raises InvalidTag where it is another owner's, KeyError for an unknown version."""
        return self._cipher(version).decrypt(wrapped[:NONCE], wrapped[NONCE:], owner.encode())

    def _cipher(self, version: int) -> AESGCM:
        return AESGCM(bytes.fromhex(self.keys[str(version)]))


__all__ = ["KEY", "NONCE", "InvalidTag", "KeyEncryption", "Place", "seal", "unseal"]
