"""Secrets: random ones for machines (a keyed hash is enough), passwords for people (Argon2id)."""

import hashlib
import hmac
import secrets

_SCRYPT = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024}
"""How passwords were hashed before; such a hash is replaced when its owner signs in."""


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
    """A salted Argon2id hash as text, at the cost that RFC 9106 recommends where memory is scarce (64 MiB)."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(password)


def password_matches(password: str, stored: str) -> bool:
    """Whether `password` is the one behind `stored`; False for a hash of another make."""
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError

    kind, _, rest = stored.partition("$")
    if kind == "scrypt":
        salt, _, digest = rest.partition("$")
        tried = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), dklen=32, **_SCRYPT)
        return hmac.compare_digest(tried, bytes.fromhex(digest))
    try:
        return PasswordHasher().verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether a password's hash should be made anew."""
    from argon2 import PasswordHasher

    return stored.startswith("scrypt$") or PasswordHasher().check_needs_rehash(stored)
