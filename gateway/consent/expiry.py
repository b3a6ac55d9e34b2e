"""The ledger's own acts: consent whose time is over, and what was agreed to under a notice that asks everybody anew."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from gateway.consent import repository, service
from gateway.consent.domain import PURPOSES, Act, micros
from kernel.store.engine import Database

METHOD = "expired"
LOOK_S = 10.0
_PAGE = 500


def keeper(database: Database) -> Callable[[], Awaitable[None]]:
    """A job that ends what is over and tells the services; at our own doors it counts from its very moment."""

    async def keep() -> None:
        while True:
            await end_expired(database)
            await settle_notices(database)
            await asyncio.sleep(LOOK_S)

    return keep


async def end_expired(database: Database) -> int:
    """End every consent that has run out: of how many origins."""
    ended = 0
    while True:
        now = micros(datetime.now(UTC))
        async with database.transaction() as tx:
            origins = await repository.overdue(tx, now, _PAGE)
            await service.record_acts(tx, [_over(origin, now) for origin in origins])
        ended += len(origins)
        if len(origins) < _PAGE:
            return ended


async def settle_notices(database: Database) -> None:
    """End what was agreed to under the earlier versions of notices that ask anew, each notice once."""
    async with database.snapshot() as connection:
        rows = [row for row in await repository.every_notice(connection) if not row.settled]
    for row in rows:
        after = ""
        while True:
            now = micros(datetime.now(UTC))
            async with database.transaction() as tx:
                origins = await repository.agreed_before(tx, row.key, row.version, after, _PAGE)
                await service.record_acts(tx, _replaced(origins, row.key, row.version, now))
                if len(origins) < _PAGE:
                    await repository.settle_notice(tx, row.key, row.version)
                    break
            after = origins[-1]


def _over(origin: str, now: int) -> Act:
    return Act(origin, "expired", PURPOSES, now, now, method=METHOD)


def _replaced(origins: Sequence[str], key: str, version: int, now: int) -> list[Act]:
    return [
        Act(origin, "expired", PURPOSES, now, now, notice=key, notice_version=version, method=METHOD)
        for origin in origins
    ]
