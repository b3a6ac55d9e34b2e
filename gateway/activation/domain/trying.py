"""When a message is tried again, and what an answer means."""

from datetime import timedelta
from typing import Final

WAITS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 72_000)
)
"""Between one try and the next: ten tries over three days (the schedule that Standard Webhooks advises)."""

MOST_WAITING: Final = 10_000
"""Messages that may wait for one destination; what comes on top is dropped and counted."""

KEPT_FOR: Final = timedelta(days=14)
"""How long a message can be sent again, as long as events are kept in the log."""

GONE: Final = 410
"""The receiver wants nothing more: its webhook is disabled."""


def wait_after(tries: int) -> timedelta | None:
    """How long to wait after so many failed tries; None where it was the last."""
    return WAITS[tries - 1] if tries <= len(WAITS) else None


def is_taken(status: int) -> bool:
    """Whether the receiver has the message."""
    return 200 <= status < 300
