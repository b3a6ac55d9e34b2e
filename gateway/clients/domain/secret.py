"""Secrets: random ones for machines (a keyed hash is enough), passwords for people (scrypt)."""

import hashlib
import hmac
import os
import secrets

_SCRYPT = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024}
"""OWASP's password storage guidance for scrypt at 32 MiB."""


def new_secret(prefix: str) -> str:
    """A random secret of 256 bits, with a prefix by which a leaked one is recognised."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def secret_hash(key: bytes, secret: str) -> bytes:
    """HMAC-SHA-256 under a key that is not in the database: enough for a random secret, and quick."""
    return hmac.digest(key, secret.encode(), "sha256")


def same_hash(one: bytes, other: bytes) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one, other)


def password_hash(password: str) -> str:
    """A salted scrypt hash as text."""
    salt = os.urandom(16)
    return f"scrypt${salt.hex()}${hashlib.scrypt(password.encode(), salt=salt, dklen=32, **_SCRYPT).hex()}"


def password_matches(password: str, stored: str) -> bool:
    """Whether `password` is the one behind `stored`; False for a hash of another make."""
    kind, _, rest = stored.partition("$")
    salt, _, digest = rest.partition("$")
    if kind != "scrypt":
        return False
    tried = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), dklen=32, **_SCRYPT)
    return hmac.compare_digest(tried, bytes.fromhex(digest))
