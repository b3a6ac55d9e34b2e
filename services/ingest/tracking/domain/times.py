"""When it happened: Segment's correction of clocks that are wrong, on clocks that are."""

from datetime import UTC, datetime, timedelta
from typing import Final

AGREE: Final = timedelta(seconds=10)
"""Clocks that differ by less agree: what lies between sending and receipt is the network's, and a time that is
right already stays as it was written."""

_NO_SKEW: Final = timedelta()


def moment_in(text: str | None) -> datetime | None:
    """An ISO 8601 time, in UTC where it names no offset; None where it is none."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def skew_of(sent_at: str | None, received: datetime) -> timedelta:
    """How much the sender's clock is behind ours."""
    sent = moment_in(sent_at)
    if sent is None:
        return _NO_SKEW
    skew = received - sent
    return skew if abs(skew) > AGREE else _NO_SKEW


def corrected(said: datetime, skew: timedelta, received: datetime) -> datetime:
    """A time by our clock: received - (sent - said), never after the receipt; as it was said where clocks agree."""
    if not skew:
        return said
    try:
        return min(said + skew, received)
    except OverflowError:
        return received
