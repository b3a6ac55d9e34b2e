"""Keyed hashes (HMAC-SHA-256): the same thing has the same hash, and nobody without the key can try candidates."""

import hmac
from base64 import urlsafe_b64encode
from uuid import UUID


def mention_id_of(secret: bytes, platform: str, native_id: str) -> str:
    """The id of a mention in our database and events (a UUID, version 8): one for each platform and native id."""
    digest = _keyed(secret, "mention", platform, native_id)
    return str(UUID(int=int.from_bytes(digest[:16]) & ~_FIXED | _VERSION_8))


def author_of(secret: bytes, platform: str, handle: str) -> str:
    """An author's pseudonym, 22 characters: stable within a platform, unlike on another one."""
    digest = _keyed(secret, "author", platform, handle.casefold())
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def fingerprint_of(secret: bytes, *said: str) -> bytes:
    """16 bytes that tell whether somebody still says the same."""
    return _keyed(secret, "said", *said)[:16]


_FIXED = (0xF << 76) | (0x3 << 62)
_VERSION_8 = (0x8 << 76) | (0x2 << 62)


def _keyed(secret: bytes, *parts: str) -> bytes:
    return hmac.digest(secret, "\0".join(parts).encode("utf-8", "surrogatepass"), "sha256")
