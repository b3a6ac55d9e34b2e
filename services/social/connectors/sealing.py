"""Secrets of connectors, sealed under a key outside the database and bound to their connector."""

import os
from collections.abc import Mapping

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
_decode = msgspec.json.Decoder(dict[str, str]).decode


def seal(key: bytes, owner: str, secrets: Mapping[str, str]) -> bytes:
    """Nonce and ciphertext (AES-256-GCM) of `secrets`; `key` has 32 bytes."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, msgspec.json.encode(dict(secrets)), owner.encode())


def unseal(key: bytes, owner: str, sealed: bytes) -> dict[str, str]:
    """What was sealed. Raises `cryptography.exceptions.InvalidTag` for another key or owner."""
    return _decode(AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], owner.encode()))
