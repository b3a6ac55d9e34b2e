"""What proofs tell of those who asked for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import select_any
from services.verify.challenges.tables import challenge, sending

READ_IN: Final = timedelta(seconds=6)
"""Nobody receives, reads and dictates a code within it; whoever holds the phone himself does."""
_LOOKED_BACK: Final = timedelta(days=30)


async def quick_codes_of(
    connection: AsyncConnection, collectors: Sequence[str], now: datetime
) -> dict[str, tuple[int, int]]:
    """By collector: codes that were used in the last 30 days, and those entered within READ_IN."""
    query = sa.select(challenge.c.collector, challenge.c.created_at, challenge.c.ended_at).where(
        challenge.c.collector.in_(collectors),
        challenge.c.status == "verified",
        challenge.c.method == "code",
        challenge.c.created_at > now - _LOOKED_BACK,
    )
    found: dict[str, tuple[int, int]] = {}
    for collector, created, ended in await connection.execute(query):
        used, quick = found.get(collector, (0, 0))
        found[collector] = used + 1, quick + (ended is not None and ended - created < READ_IN)
    return found


async def ends_of(
    connection: AsyncConnection, verification_ids: Sequence[str], now: datetime
) -> dict[str, tuple[str, str | None]]:
    """Those of some verifications that have ended: their status, and what became of their last message."""
    if not verification_ids:
        return {}
    query = sa.select(challenge.c.id, challenge.c.status, challenge.c.expires_at)
    rows = await select_any(connection, query, challenge.c.id, list(verification_ids))
    ended = {str(row.id): row.status for row in rows if row.status != "pending" or row.expires_at <= now}
    states = sa.select(sending.c.challenge_id, sending.c.attempt, sending.c.state)
    last: dict[str, str] = {}
    for row in sorted(
        await select_any(connection, states, sending.c.challenge_id, list(ended)), key=lambda one: one.attempt
    ):
        last[str(row.challenge_id)] = row.state
    return {
        one: ("expired" if status == "pending" else status, last.get(one)) for one, status in ended.items()
    }
