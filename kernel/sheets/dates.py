"""Dates as people here write them: day, month, year; two-digit years; the serial numbers that spreadsheets leave."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from kernel.sheets.cells import NOTHING, Cell, Flaw, Read, text_of

VIETNAM: Final = timezone(timedelta(hours=7))
UNREADABLE: Final = Flaw("date-unreadable", "This cannot be read as a date.")
AMERICAN: Final = Flaw("month-first", "Read with the month first: the other way it is no date.")

_SERIAL_ZERO: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a calendar's beginning, of no zone
_FIRST_SERIAL, _LAST_SERIAL = 1, 80_000  # 1900 to 2119

_CLOCK = r"(?:[T\s,]+(\d{1,2})[:hg](\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(am|pm|sa|ch)?)?"
_DAY_FIRST = re.compile(
    rf"(\d{{1,2}})[/.\-\s](\d{{1,2}})[/.\-\s](\d{{4}}|\d{{2}}){_CLOCK}", re.IGNORECASE
).fullmatch
_YEAR_FIRST = re.compile(rf"(\d{{4}})[/.\-](\d{{1,2}})[/.\-](\d{{1,2}}){_CLOCK}", re.IGNORECASE).fullmatch
_SPELT = re.compile(
    rf"(?:ngày\s*)?(\d{{1,2}})\s*tháng\s*(\d{{1,2}})\s*(?:năm|,)?\s*(\d{{4}}){_CLOCK}", re.IGNORECASE
).fullmatch
_CLOCK_FIRST = re.compile(
    r"(\d{1,2}[:hg]\d{2}(?::\d{2})?\s*(?:am|pm|sa|ch)?)[\s,]+(?:ngày\s*)?(\d.*)", re.IGNORECASE
).fullmatch
_COMPACT = re.compile(r"(19|20)(\d{2})(\d{2})(\d{2})").fullmatch
_YEAR = re.compile(r"(19|20)\d{2}").fullmatch
_SERIAL = re.compile(r"\d{4,5}(?:[.,]\d+)?").fullmatch


def read_moment(cell: Cell) -> Read:
    """ISO 8601 with offset; what names none was told in Vietnam."""
    found = _moment(cell)
    if found is None:
        text = text_of(cell)
        return Read(text, UNREADABLE) if text else NOTHING
    moment, flaw = found
    return Read((moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).isoformat(), flaw)


def read_birthday(cell: Cell) -> Read:
    """`YYYY-MM-DD`; of people who give their year only, that. A two-digit year is of the last hundred years."""
    text = text_of(cell)
    if not text:
        return NOTHING
    if _YEAR(text):
        return Read(text)
    found = _moment(cell)
    if found is None:
        return Read(text, UNREADABLE)
    moment, flaw = found
    return Read(moment.date().isoformat(), flaw)


def _moment(cell: Cell) -> tuple[datetime, Flaw | None] | None:
    if isinstance(cell, datetime):
        return cell, None
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day), None  # noqa: DTZ001 - its zone comes later
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _of_serial(float(cell))
    text = text_of(cell)
    return _of_text(text) if text else None


def _of_serial(days: float) -> tuple[datetime, None] | None:
    if not _FIRST_SERIAL <= days <= _LAST_SERIAL:
        return None
    return _SERIAL_ZERO + timedelta(seconds=round(days * 86_400)), None


def _of_text(text: str) -> tuple[datetime, Flaw | None] | None:
    for pattern, reading in _FORMS:
        if match := pattern(text):
            return reading(match)
    try:
        return datetime.fromisoformat(text), None
    except ValueError:
        return None


def _year_first(match: "re.Match[str]") -> tuple[datetime, None] | None:
    return _made(int(match[1]), int(match[2]), int(match[3]), match.groups()[3:])


def _spelt(match: "re.Match[str]") -> tuple[datetime, None] | None:
    return _made(int(match[3]), int(match[2]), int(match[1]), match.groups()[3:])


def _compact(match: "re.Match[str]") -> tuple[datetime, None] | None:
    return _made(int(match[1] + match[2]), int(match[3]), int(match[4]), (None,) * 4)


def _day_first(match: "re.Match[str]") -> tuple[datetime, Flaw | None] | None:
    day, month, year = int(match[1]), int(match[2]), _full_year(match[3])
    clock = match.groups()[3:]
    if month > 12 >= day:
        swapped = _made(year, day, month, clock)
        return swapped and (swapped[0], AMERICAN)
    return _made(year, month, day, clock)


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    this = datetime.now(UTC).year
    return 2000 + year if 2000 + year <= this else 1900 + year


def _made(year: int, month: int, day: int, clock: tuple[str | None, ...]) -> tuple[datetime, None] | None:
    hour, minute, second, half = clock
    hours = int(hour or 0)
    if half and half.lower() in ("pm", "ch") and hours < 12:
        hours += 12
    elif half and half.lower() in ("am", "sa") and hours == 12:
        hours = 0
    try:
        return datetime(year, month, day, hours, int(minute or 0), int(second or 0)), None  # noqa: DTZ001 - its zone comes later
    except ValueError:
        return None


_Reading = Callable[["re.Match[str]"], tuple[datetime, Flaw | None] | None]

_FORMS: Final[tuple[tuple[Callable[[str], "re.Match[str] | None"], _Reading], ...]] = (
    (_DAY_FIRST, _day_first),
    (_YEAR_FIRST, _year_first),
    (_SPELT, _spelt),
    (_CLOCK_FIRST, lambda match: _of_text(f"{match[2]} {match[1]}")),
    (_COMPACT, _compact),
    (_SERIAL, lambda match: _of_serial(float(match[0].replace(",", ".")))),
)
"""How dates are written, and how each is read."""
