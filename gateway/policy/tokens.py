"""Tokens in place of values: the same for one client for ever, of no use between two, and shaped like the value where a
system expects that shape.

Numbers become other numbers of the same length, by FF1 (NIST SP 800-38G) with AES-256: a permutation, so that two
values never share a token. UUIDs become other UUIDs, by one block of AES. All else becomes `tok_` and 32 hex digits.
"""

import hmac
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

FEWEST_DIGITS: Final = 6
"""NIST asks for a domain of a million values at least: shorter numbers would be guessed."""
MOST_DIGITS: Final = 36
ROUNDS: Final = 10


def token_of(secret: bytes, field: str, value: str) -> str:
    """The token of a field's value for the client whose secret (32 bytes) this is; never the value itself."""
    shaped = _shaped(secret, field, value)
    return shaped if shaped is not None and shaped != value else _opaque(secret, field, value)


def _shaped(secret: bytes, field: str, value: str) -> str | None:
    if value.isascii() and value.isdigit() and FEWEST_DIGITS <= len(value) <= MOST_DIGITS:
        return ff1(_key(secret, field), value)
    if len(value) == 36 and value == value.lower():
        try:
            block = UUID(value).bytes
        except ValueError:
            return None
        return str(UUID(bytes=_blocks(_key(secret, field), block)))
    return None


def _opaque(secret: bytes, field: str, value: str) -> str:
    return "tok_" + hmac.digest(secret, f"{field}:{value}".encode(), "sha256").hex()[:32]


def _key(secret: bytes, field: str) -> bytes:
    return hmac.digest(secret, b"token|" + field.encode(), "sha256")


def ff1(key: bytes, digits: str, tweak: bytes = b"") -> str:
    """Decimal digits encrypted to as many decimal digits: FF1 (NIST SP 800-38G, 2016, algorithm 7)."""
    total = len(digits)
    left, right = digits[: total // 2], digits[total // 2 :]
    width = (((10 ** len(right)) - 1).bit_length() + 7) // 8
    taken = 4 * ((width + 3) // 4) + 4
    head = bytes([1, 2, 1]) + (10).to_bytes(3) + bytes([ROUNDS, (total // 2) % 256])
    head += total.to_bytes(4) + len(tweak).to_bytes(4)
    padding = bytes((-len(tweak) - width - 1) % 16)
    for turn in range(ROUNDS):
        body = tweak + padding + bytes([turn]) + int(right).to_bytes(width)
        mixed = int.from_bytes(_stretched(key, _chained(key, head + body), taken))
        size = len(left)
        left, right = right, str((int(left) + mixed) % 10**size).zfill(size)
    return left + right


def _chained(key: bytes, blocks: bytes) -> bytes:
    """CBC-MAC: the last block of CBC under a vector of zeros."""
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    return (encryptor.update(blocks) + encryptor.finalize())[-16:]


def _stretched(key: bytes, block: bytes, size: int) -> bytes:
    number = int.from_bytes(block)
    more = (_blocks(key, (number ^ place).to_bytes(16)) for place in range(1, (size + 15) // 16))
    return b"".join((block, *more))[:size]


def _blocks(key: bytes, block: bytes) -> bytes:
    # one block and a permutation are what is wanted here: equal values must look equal to one client
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(block) + encryptor.finalize()
