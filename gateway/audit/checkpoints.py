"""Checkpoints: the ends of all chains at a moment, signed, each naming the one before it.

Whoever can write to the database could set a chain back to an earlier end; a checkpoint kept elsewhere tells.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.audit import repository
from kernel.signing import JoseError, SigningKeys
from kernel.store.engine import Database

CHECKPOINT = "audit-checkpoint+jwt"
EVERY_S = 60.0


def maker(database: Database, signing: SigningKeys) -> Callable[[], Awaitable[None]]:
    """A job that makes a checkpoint each minute in which anything was written."""

    async def make() -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await make_checkpoint(database, signing)

    return make


async def make_checkpoint(database: Database, signing: SigningKeys) -> int | None:
    """Join the chains' ends; the checkpoint's number, None where nothing was written since the last one."""
    try:
        async with database.transaction() as tx:
            last = await repository.last_checkpoint(tx)
            heads = {str(row.chain): [row.sequence, row.hash.hex()] for row in await repository.heads(tx)}
            if last is not None and _claims(signing, last).get("heads") == heads:
                return None
            number, at = (last.number if last else 0) + 1, datetime.now(UTC)
            claims = {
                "number": number,
                "at": at.isoformat(timespec="seconds"),
                "heads": heads,
                "before": _digest(last.jws) if last else None,
            }
            await repository.add_checkpoint(tx, number, at, signing.sign(CHECKPOINT, claims))
    except IntegrityError:
        return None  # another replica made it at this moment
    return number


async def trouble_in(tx: AsyncConnection, signing: SigningKeys) -> tuple[int, str | None]:
    """How many checkpoints hold, and in words what is wrong with the first that does not."""
    before, expected = None, 1
    for row in await repository.checkpoints(tx):
        claims = _claims(signing, row)
        if (row.number, claims.get("number"), claims.get("before")) != (expected, expected, before):
            return expected - 1, f"checkpoint {expected} was changed or taken out"
        for chain, (sequence, hash_) in claims["heads"].items():
            if sequence and await repository.hash_at(tx, int(chain), sequence) != bytes.fromhex(hash_):
                return expected - 1, f"chain {chain} is not what checkpoint {expected} saw"
        before, expected = _digest(row.jws), expected + 1
    return expected - 1, None


def _claims(signing: SigningKeys, row: Any) -> dict[str, Any]:
    try:
        return signing.verify(CHECKPOINT, row.jws.encode())
    except (JoseError, ValueError):
        return {}


def _digest(jws: str) -> str:
    return hashlib.sha256(jws.encode()).hexdigest()
