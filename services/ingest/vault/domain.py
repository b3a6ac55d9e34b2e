"""Envelopes: how a record is sealed under a data key, and a data key under the key-encryption key. No I/O."""

import os
from collections.abc import Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
KEY = 32


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a sealed record stands: its associated data, so that a row moved elsewhere does not open.

    `origin` and `record_id` are UUIDs (or empty) and `table` is a name of ours, so that no two places are bound alike.
    """

    origin: str
    """Whose key it is sealed under: the origin subject's id, the quarantine item's, or the hold's."""
    record_id: str
    source: str
    table: str = "record"

    def bound(self) -> bytes:
        """The associated data."""
        return f"{self.table}|{self.origin}|{self.record_id}|{self.source}".encode()


def seal(key: bytes, place: Place, clear: bytes, nonce: bytes) -> bytes:
    """`clear` under `key`, bound to `place`: nonce (12 bytes, never used before with this key), then ciphertext."""
    return nonce + AESGCM(key).encrypt(nonce, clear, place.bound())


def unseal(key: bytes, place: Place, sealed: bytes) -> bytes:
    """What was sealed. Raises `cryptography.exceptions.InvalidTag` where key, place or bytes are not the same."""
    return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], place.bound())


class KeyEncryption:
    """Key-encryption keys by version, ready to be used; new data keys are wrapped by the current one."""

    __slots__ = ("_ciphers", "current")

    def __init__(self, current: int, keys: Mapping[int, bytes]) -> None:
        """Raises ValueError where a key is not of 32 bytes, KeyError where the current one is missing."""
        if any(len(key) != KEY for key in keys.values()):
            raise ValueError("The key-encryption key must have 32 bytes.")
        self._ciphers = {version: AESGCM(key) for version, key in keys.items()}
        self.current = current
        if current not in keys:
            raise KeyError(current)

    def knows(self, version: int) -> bool:
        """Whether keys wrapped by `version` can be unwrapped."""
        return version in self._ciphers

    def wrap_all(self, keys: Mapping[str, bytes]) -> dict[str, bytes]:
        """Data keys by owner, each wrapped by the current key-encryption key and bound to its owner."""
        nonces, encrypt = os.urandom(NONCE * len(keys)), self._ciphers[self.current].encrypt
        wrapped = {}
        for start, (owner, key) in zip(range(0, len(nonces), NONCE), keys.items(), strict=True):
            nonce = nonces[start : start + NONCE]
            wrapped[owner] = nonce + encrypt(nonce, key, owner.encode())
        return wrapped

    def unwrap(self, owner: str, version: int, wrapped: bytes) -> bytes:
        """The data key. Raises InvalidTag where it is another owner's, KeyError for an unknown version."""
        return self._ciphers[version].decrypt(wrapped[:NONCE], wrapped[NONCE:], owner.encode())


__all__ = ["KEY", "NONCE", "InvalidTag", "KeyEncryption", "Place", "seal", "unseal"]
