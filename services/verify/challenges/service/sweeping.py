"""Ending what is past its time, and forgetting what counts no more."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from kernel.store.engine import Database
from services.verify.challenges import repository
from services.verify.challenges.domain import DAY, HOUR
from services.verify.fraud.service import forget_alerts
from services.verify.senders.meters import sending_metrics

KEPT: Final = {
    "challenge": timedelta(days=30),
    "code_checks": 2 * DAY,
    "number_checks": 2 * DAY,
    "sending": DAY + HOUR,
}
"""How long rows outlive their use."""

ALERTS_KEPT: Final = timedelta(days=90)
SWEEP_S: Final = 5.0


async def sweep(database: Database, clock: Callable[[], datetime]) -> None:
    """End what is past its time (its code and number are destroyed) and delete counters that count no more."""
    now = clock()
    async with database.snapshot() as connection:
        due = await repository.anything_due(connection, now, KEPT)
    if due:  # an idle service writes nothing
        async with database.transaction() as tx:
            expired = await repository.expire(tx, now)
            sending_metrics().verifications.labels("expired").inc(expired)
            await repository.forget(tx, now, KEPT)
            await forget_alerts(tx, now, ALERTS_KEPT)


async def sweep_for_ever(database: Database, clock: Callable[[], datetime]) -> None:
    """`sweep` every few seconds: a pending verification outlives its five minutes by no more than that."""
    while True:
        await sweep(database, clock)
        await asyncio.sleep(SWEEP_S)
