"""What proofs tell of those who asked for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verify.challenges.tables import challenge

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
