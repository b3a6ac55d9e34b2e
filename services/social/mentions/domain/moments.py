"""Times: instants as milliseconds since 1970, days as people in Vietnam count them."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

HANOI = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam's time since 1975; it has no summer time."""

OFFSET_MS = 7 * 3_600_000
DAY_MS = 86_400_000
_LATEST_MS = 253_402_214_400_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LOST_PLUS = re.compile(r"(?<=:\d\d)(?P<fraction>\.\d+)? (?=\d{2}:?\d{2}$)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant_of(text: str) -> int | None:
    """Milliseconds of an ISO 8601 time with offset; None where it is none, has no offset, or is before 1970."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    return milliseconds if 0 <= milliseconds < _LATEST_MS else None


def bound_of(text: str, *, end: bool = False) -> int | None:
    """A bound of a period: an instant, or a whole day in Vietnam (its end where `end`). None where it is neither.

    A plus sign that an unencoded query turned into a space is put back.
    """
    if _DAY.fullmatch(text):
        text, extra = f"{text}T00:00:00+07:00", DAY_MS if end else 0
    else:
        text, extra = _LOST_PLUS.sub(lambda match: f"{match['fraction'] or ''}+", text), 0
    found = instant_of(text)
    return None if found is None else found + extra


def day_of(milliseconds: int) -> int:
    """The number of the day in Vietnam, counted from 1970-01-01."""
    return (milliseconds + OFFSET_MS) // DAY_MS


def start_of(day: int) -> datetime:
    """The first moment of a day in Vietnam."""
    return datetime.combine(date_of(day), datetime.min.time(), HANOI)


def date_of(day: int) -> date:
    """The calendar date of a day's number."""
    return date(1970, 1, 1) + timedelta(days=day)


def moment_of(milliseconds: int) -> datetime:
    """An instant in Vietnam's time."""
    return (_EPOCH + timedelta(milliseconds=milliseconds)).astimezone(HANOI)
