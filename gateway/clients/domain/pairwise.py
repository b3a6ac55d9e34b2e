"""Pairwise ids: each partner sees ids of its own, so that two partners cannot join their data.

A keyed permutation of the UUID's 16 bytes (one AES-256 block) needs no table and is undone with the same key.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@dataclass(frozen=True)
class Pairwise:
    """Translates ids for one client after another, from one master key (32 bytes)."""

    master: bytes = field(repr=False)

    def outer(self, client_id: str, inner: str) -> str:
        """`inner` as this client may see it."""
        return str(UUID(bytes=_apply(self.master, client_id, UUID(inner).bytes, encrypt=True)))

    def inner(self, client_id: str, outer: str) -> str | None:
        """The id behind what the client names; None where it is no UUID."""
        try:
            block = UUID(outer).bytes
        except ValueError:
            return None
        return str(UUID(bytes=_apply(self.master, client_id, block, encrypt=False)))

    def secret(self, client_id: str, use: str) -> bytes:
        """Another key of this client's, for instance for its tokens of values."""
        return _derived(self.master, client_id, use)


def _apply(master: bytes, client_id: str, block: bytes, *, encrypt: bool) -> bytes:
    # One block and a permutation are what is wanted here: equal ids must look equal to one partner.
    cipher = Cipher(algorithms.AES(_derived(master, client_id, "ids")), modes.ECB())  # noqa: S305
    context = cipher.encryptor() if encrypt else cipher.decryptor()
    return context.update(block) + context.finalize()


@lru_cache(maxsize=4096)
def _derived(master: bytes, client_id: str, use: str) -> bytes:
    info = f"chandung pairwise {use} {client_id}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(master)
