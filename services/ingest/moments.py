"""Times as the tables hold them: microseconds since 1970 UTC."""

import time
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def now() -> int:
    """This moment."""
    return time.time_ns() // 1_000


def micros(moment: datetime) -> int:
    """An aware time, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(stored: int) -> datetime:
    """The UTC time of a stored moment."""
    return _EPOCH + timedelta(microseconds=stored)
