"""Dates of birth as people write them, day before month."""

import re
from datetime import date
from typing import Final, NamedTuple

DEFAULT, IMPLAUSIBLE, UNREADABLE, MONTH_FIRST = (
    "birth-default",
    "birth-implausible",
    "birth-unreadable",
    "birth-month-first",
)
_ISO = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T ].*)?").fullmatch
_DAY_FIRST = re.compile(r"([0-9]{1,2})[-/. ]+([0-9]{1,2})[-/. ]+([0-9]{4}|[0-9]{2})(?: [0-9:]+)?").fullmatch
_WORDS = re.compile(
    r"(?:sinh )?(?:ngày )?([0-9]{1,2}) ?tháng ?([0-9]{1,2}),? ?năm ?([0-9]{4})", re.IGNORECASE
).fullmatch
_RUN = re.compile(r"[0-9]{8}").fullmatch
_YEAR = re.compile(r"(?:năm )?((?:19|20)[0-9]{2})", re.IGNORECASE).fullmatch
_DEFAULTS: Final = frozenset({"1900-01-01", "1970-01-01", "1899-12-30", "2000-01-01"})
"""What programs and hasty people write where no date is known."""
OLDEST: Final = 120


class Birth(NamedTuple):
    """`value` is ISO 8601, a year alone where no more is known, or what was written; `year` None where unreadable."""

    value: str
    year: int | None
    doubts: tuple[str, ...] = ()


def read_birth(raw: str, today: date) -> Birth:
    """`raw` as ISO 8601; `today` (the day of capture) decides centuries and what lies in the future."""
    text = " ".join(raw.split())
    year = _YEAR(text)
    if year is not None:
        return Birth(year[1], int(year[1]), _plausible(int(year[1]), today))
    found, doubts = _date(text, today)
    if found is None:
        return Birth(text, None, (UNREADABLE,))
    value = found.isoformat()
    if found > today:
        return Birth(value, found.year, (IMPLAUSIBLE,))
    told = (DEFAULT,) if value in _DEFAULTS else _plausible(found.year, today)
    return Birth(value, found.year, (*doubts, *told))


def _date(text: str, today: date) -> tuple[date | None, tuple[str, ...]]:
    if match := _ISO(text):
        return _real(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY_FIRST(text) or _WORDS(text):
        year = int(match[3]) if len(match[3]) == 4 else _century(int(match[3]), today)
        return _real(year, int(match[2]), int(match[1]))
    if _RUN(text):
        first = _real(int(text[:4]), int(text[4:6]), int(text[6:]))
        return (
            first
            if text[:2] in ("19", "20") and first[0]
            else _real(int(text[4:]), int(text[2:4]), int(text[:2]))
        )
    return None, ()


def _real(year: int, month: int, day: int) -> tuple[date | None, tuple[str, ...]]:
    """The date, with month and day changed about where it is none else."""
    try:
        if month > 12 >= day:
            return date(year, day, month), (MONTH_FIRST,)
        return date(year, month, day), ()
    except ValueError:
        return None, ()


def _century(year: int, today: date) -> int:
    return year + (2000 if year <= today.year % 100 else 1900)


def _plausible(year: int, today: date) -> tuple[str, ...]:
    return () if today.year - OLDEST <= year <= today.year else (IMPLAUSIBLE,)
