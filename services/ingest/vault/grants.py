"""Grants to reveal: short-lived, for named fields of one person, and good for one use."""

import time

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.errors import GrantRefused
from services.ingest.vault import repository

MAX_LIFETIME_S = 5


class Grant(msgspec.Struct, frozen=True):
    """What the gateway (or verify, to send a code) may learn of `subject`, and on whose behalf."""

    jti: str
    subject: str
    fields: tuple[str, ...]
    purpose: str
    client: str
    iat: float
    exp: float


def read_grant(token: str, secret: bytes) -> Grant:
    """The grant in `token` (HS256 over the internal secret).

    Raises GrantRefused where it is forged, expired, from the future, or lives longer than MAX_LIFETIME_S.
    """
    try:
        claims = jwt.decode(token, OctKey.import_key(secret), algorithms=["HS256"]).claims
        grant = msgspec.convert(claims, Grant)
    except (JoseError, ValueError, msgspec.ValidationError) as error:
        raise GrantRefused("The grant is not one of ours.") from error
    now = time.time()
    if not grant.iat - 1 <= now < grant.exp or grant.exp - grant.iat > MAX_LIFETIME_S:
        raise GrantRefused("The grant has expired, or was made to live too long.")
    if not 16 <= len(grant.jti) <= 64:
        raise GrantRefused("The grant has no usable id.")
    return grant


async def spend_grant(tx: AsyncConnection, grant: Grant) -> None:
    """Use the grant up. Raises GrantRefused where it was used before."""
    if not await repository.use_grant(tx, grant.jti, int(grant.exp * 1_000_000)):
        raise GrantRefused("The grant was used before.")


async def forget_spent(tx: AsyncConnection) -> int:
    """Forget grants that have expired anyway; how many."""
    return await repository.forget_grants(tx)
