"""An alert speaks once of a day, and not again before its cooldown is over."""

from collections.abc import Sequence

HOUR_MS = 3_600_000
EVERY_MS = 600_000
"""Between two looks at a topic."""
FIRST_WAIT_MS, LONGEST_WAIT_MS = 60_000, 6 * HOUR_MS


def day_to_tell(
    spikes: Sequence[int], told_day: int | None, told_ms: int | None, cooldown_h: int, now_ms: int
) -> int | None:
    """The newest of the days with a spike that is to be told now; None where there is nothing new, or it is quiet."""
    fresh = [day for day in spikes if told_day is None or day > told_day]
    if not fresh or (told_ms is not None and now_ms - told_ms < cooldown_h * HOUR_MS):
        return None
    return max(fresh)


def wait_after(failures: int) -> int:
    """Milliseconds until a receiver that failed so many times in a row is tried again."""
    doubled: int = FIRST_WAIT_MS << min(failures, 12)
    return min(LONGEST_WAIT_MS, doubled)
