"""When a campaign may send, and how much."""

from datetime import datetime, time, timedelta, timezone
from typing import Final, NamedTuple

VIETNAM: Final = timezone(timedelta(hours=7))
MOST_ITEMS: Final = 10_000
BEHIND: Final = timedelta(seconds=2)
"""How far a campaign may lie behind its pace and make up for it: two ticks, never a pause."""
MAY_TAKE: Final = timedelta(minutes=1)
"""A letter that was handed over so long ago without an answer may have arrived, or not: it is not sent again."""
LIFE: Final = timedelta(days=7)
"""What was not sent by then is not sent any more, and its numbers are destroyed."""
ALLOWED: Final = {"voice": (time(8), time(17)), "sms": (time(7), time(22))}
"""When people may be called and written to without their having asked at that moment (Decree 91/2020's hours for
advertising: a list is no less of a disturbance)."""


class Hours(NamedTuple):
    """From and until when a day, in Vietnam."""

    begin: time
    end: time


def allowed_hours(wanted: Hours, channel: str) -> Hours:
    """The part of `wanted` in which `channel` may be used; `auto` may call, and keeps to the hours of calls."""
    begin, end = ALLOWED["voice" if channel in ("voice", "auto") else "sms"]
    return Hours(max(wanted.begin, begin), min(wanted.end, end))


def may_send(hours: Hours, now: datetime) -> bool:
    """Whether `now` lies within the hours."""
    clock = now.astimezone(VIETNAM).time()
    return hours.begin <= clock < hours.end


def hours_of(text: str) -> Hours:
    """From "08:00-20:00". Raises ValueError for anything else, or where it ends before it begins."""
    begin, _, end = text.partition("-")
    hours = Hours(time.fromisoformat(begin), time.fromisoformat(end))
    if hours.begin >= hours.end:
        raise ValueError("the hours end before they begin")
    return hours


def gap_of(pace: int) -> timedelta:
    """Between two sendings, for so many a minute."""
    return timedelta(minutes=1) / pace
