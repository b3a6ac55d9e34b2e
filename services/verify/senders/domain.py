"""When a carrier is left alone: pure rules."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

FAILURES: Final = 5
"""In a row: after these a carrier is left alone."""
REST: Final = timedelta(seconds=30)
"""After it one message tries the carrier again; another failure rests it anew."""


class Circuit(NamedTuple):
    """A carrier's failures in a row, and until when it is left alone."""

    failures: int = 0
    open_until: datetime | None = None

    def closed(self, now: datetime) -> bool:
        """Whether a message may be given to it."""
        return self.open_until is None or now >= self.open_until

    def after(self, *, ok: bool, now: datetime) -> "Circuit":
        """What it is after another message."""
        failures = 0 if ok else self.failures + 1
        return Circuit(failures, now + REST if failures >= FAILURES else None)
