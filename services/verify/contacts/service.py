"""Use cases of contacting people who did not ask at that moment: campaigns, never a single verification."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verify.contacts import repository
from services.verify.errors import ContactRefused

INVITED_EVERY: Final = timedelta(days=7)
"""An address is invited once in so long at most, by whatever campaign."""
_WHAT: Final = b"stop"


class Stop(msgspec.Struct, frozen=True, array_like=True):
    """What the link in an invitation says: whose address is to be left alone."""

    key: bytes
    subject: str


async def mind_number(connection: AsyncConnection, key: bytes) -> None:
    """Returns where the number behind `key` may be contacted. Raises ContactRefused."""
    known = await repository.find_mark(connection, key)
    if known is not None and known.stopped_at is not None:
        raise ContactRefused


async def mind_invitation(tx: AsyncConnection, key: bytes, now: datetime) -> None:
    """As `mind_number`, for an address, which is not invited again within a week either."""
    known = await repository.find_mark(tx, key)
    if known is None:
        return
    if known.stopped_at is not None:
        raise ContactRefused
    if known.invited_at is not None and now - known.invited_at < INVITED_EVERY:
        raise ContactRefused(reason="invited-lately")


async def note_invited(tx: AsyncConnection, key: bytes, subject: str, now: datetime) -> None:
    """An invitation goes to the address."""
    await repository.note_invited(tx, key, subject, now)


async def unnote_invited(tx: AsyncConnection, key: bytes) -> None:
    """It certainly did not go there."""
    await repository.unnote_invited(tx, key)


async def stop_by_link(tx: AsyncConnection, stop: Stop, now: datetime) -> None:
    """Whoever got an invitation wants no more."""
    await repository.stop(tx, [stop.key], "link", now, stop.subject)


async def keep_list(tx: AsyncConnection, keys: Sequence[bytes], *, stopped: bool, now: datetime) -> None:
    """Put numbers and addresses on the list, or take them off it."""
    if stopped:
        await repository.stop(tx, keys, "list", now)
    else:
        await repository.lift(tx, keys)


def stop_token(seal: bytes, stop: Stop) -> str:
    """The word in an invitation's link: sealed, so that nobody can stop an address that is not theirs.

    It never ends and needs no row: whoever finds an old message may still say no.
    """
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(seal).encrypt(nonce, msgspec.msgpack.encode(stop), _WHAT)
    return urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def read_stop(seal: bytes, token: str) -> Stop | None:
    """What a word says; None where it is none of ours."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return msgspec.msgpack.decode(AESGCM(seal).decrypt(raw[:12], raw[12:], _WHAT), type=Stop)
    except (InvalidTag, ValueError, msgspec.DecodeError):
        return None
