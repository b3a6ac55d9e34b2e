"""Watching the clocks: an officer hears of each before it runs out, and when it has."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.alerts.service import raise_alert
from gateway.privacy import repository
from kernel.store.engine import Database

SOON: Final = timedelta(days=3)
LOOK_S: Final = 60.0


def watcher(database: Database) -> Callable[[], Awaitable[None]]:
    """A job that looks each minute."""

    async def watch() -> None:
        while True:
            await look(database, datetime.now(UTC))
            await asyncio.sleep(LOOK_S)

    return watch


async def look(database: Database, now: datetime) -> int:
    """Raise an alert for each clock that presses, each once: how many were new."""
    raised = 0
    async with database.transaction() as tx:
        for row in await repository.pressing(tx, now, now + SOON):
            for kind, due_at in pressing_clocks(row, now):
                raised += await raise_alert(tx, kind, row.id, due_at=due_at, type=row.kind, state=row.state)
    return raised


def pressing_clocks(row: Any, now: datetime) -> list[tuple[str, datetime]]:
    """Which clocks of an open request press, and when each runs out."""
    told = []
    if row.acknowledged_at is None and row.acknowledge_by < now:
        told.append(("acknowledge-overdue", row.acknowledge_by))
    if row.due_at < now:
        told.append(("overdue", row.due_at))
    elif row.due_at < now + SOON:
        told.append(("due-soon", row.due_at))
    return told
