"""What readers of the lake need to know of it, and keeping it tidy."""

import asyncio
import time
from typing import NamedTuple

from kernel.log.port import Log
from services.persona.lake.repository.delta import FactLake

RELAY_GRACE_S = 2
"""An event may be recorded and not yet in the log: a partition read to its end is complete up to this long ago.
The relay sends within 20 ms of a commit; where it cannot send at all, readiness says so."""
COMPACT_EVERY_S = 300.0


class LakeState(NamedTuple):
    """A version of the lake: its live files (none for an object store), and the time of receipt (epoch seconds) up
    to which every fact is in."""

    url: str
    version: int
    files: tuple[str, ...]
    facts_until: int


async def lake_state(log: Log, lake: FactLake, topics: tuple[str, ...]) -> LakeState:
    """The lake as it stands. Raises OSError where log or storage do not answer, UnreadableLake as `files` does."""
    now = int(time.time())
    ends = await log.ends(topics)
    return await asyncio.to_thread(_state, lake, ends, now)


def _state(lake: FactLake, ends: dict[tuple[str, int], int], now: int) -> LakeState:
    until = now - RELAY_GRACE_S
    for place, end in ends.items():
        if (lake.position(place) or 0) < end:
            until = min(until, lake.recorded_s(place) or 0)
    version, files = lake.files()
    return LakeState(lake.url, version, files, until)


async def compact_for_ever(lake: FactLake) -> None:
    """Join small files every COMPACT_EVERY_S: live traffic makes a few a second."""
    while True:
        await asyncio.sleep(COMPACT_EVERY_S)
        await asyncio.to_thread(lake.compact)
