"""Requests come first: what may wait gives way while its process is answering. Where nobody asks, it costs nothing."""

import asyncio
from dataclasses import dataclass
from functools import cache

TIMES, LONGEST_S = 9, 1.0
"""How much longer than its own work a patient part then waits, and the longest that it does: it never stands still."""


@dataclass(slots=True)
class Traffic:
    """What a process is answering now."""

    in_flight: int = 0


@cache
def traffic() -> Traffic:
    """The process's traffic, whatever the number of services in it."""
    return Traffic()


async def give_way(worked_s: float) -> None:
    """After `worked_s` seconds of work on the event loop: leave it to requests where there are any."""
    if traffic().in_flight:
        await asyncio.sleep(min(TIMES * worked_s, LONGEST_S))
