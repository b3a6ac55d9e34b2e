"""Cells of a file of mentions as values."""

import re
from datetime import UTC, datetime
from typing import Any, Final

from kernel.sheets.cells import Cell, read_number, text_of
from kernel.sheets.dates import read_moment

_WORDS: Final = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_OF_SOME = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:/\s*\d+|sao|stars?)", re.IGNORECASE).fullmatch
_STARS: Final = "★⭐"
_FIRST_MS = 100_000_000_000
"""As seconds this is the year 5138: larger numbers are milliseconds. Smaller than _FIRST_S they are spreadsheet dates."""
_FIRST_S = 100_000_000


def rating_of(cell: Cell) -> Any:
    """A rating: a number, `4/5`, `5 sao`, FIVE or stars; None where there is none, else the text as it stands."""
    text = text_of(cell)
    if not text:
        return None
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if stars := sum(map(text.count, _STARS)):
        return stars
    if match := _OF_SOME(text):
        return float(match[1].replace(",", "."))
    return read_number(cell).value


def moment_of(cell: Cell) -> str:
    """ISO 8601 with offset: dates as people here write them, or seconds or milliseconds since 1970. Empty where there
    is none, else the text as it stands."""
    text = text_of(cell)
    if text.isdigit() and int(text) >= _FIRST_S and len(text) < 15:
        number = int(text)
        return datetime.fromtimestamp(number / 1000 if number >= _FIRST_MS else number, UTC).isoformat()
    return str(read_moment(cell).value or "")


def likes_of(cell: Cell) -> dict[str, float] | None:
    """Likes as a metric; None where it is no number."""
    value = read_number(cell).value
    return {"likes": float(value)} if isinstance(value, int | float) else None
