"""What is written in a cell, as records want it: Excel's accidents repaired, Vietnamese habits understood.

Every reading returns the value, or the text as it is where it cannot be read: the record then waits in quarantine with
the reason, where a person can correct it. A `Flaw` is what a person should hear of beside.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from kernel.privacy.fakes import is_masked
from kernel.privacy.names import strip_accents

Cell = str | int | float | bool | datetime | date | time | timedelta | None


class Flaw(NamedTuple):
    """Something about a cell that its importer should know: a stable code, a sentence without any of the value."""

    code: str
    detail: str


class Read(NamedTuple):
    """A cell's value, None where there is none, and what is wrong with it."""

    value: Any
    flaw: Flaw | None = None


NOTHING: Final = Read(None)
MASKED: Final = Flaw("masked", "Part of the value is hidden; it identifies nobody and was left out.")
SCIENTIFIC: Final = Flaw("digits-lost", "The spreadsheet rounded this number; its digits cannot be restored.")
SEVERAL: Final = Flaw("several-values", "The cell holds several values; the first one was taken.")
NO_MONEY: Final = Flaw("money-unreadable", "This cannot be read as an amount of money.")
NO_NUMBER: Final = Flaw("number-unreadable", "This cannot be read as a number.")

_FORMULA = re.compile(r'="([^"]*)"|=(\d[\d ]*)').fullmatch
_EXPONENT = re.compile(r"([+-]?\d+(?:[.,]\d+)?)[eE]\+?(\d{1,2})").fullmatch
_FLOAT = re.compile(r"(\d+)[.,]0+").fullmatch
_NOTHING: Final = frozenset(
    {"", "-", "--", "n/a", "#n/a", "null", "none", "nan", "#ref!", "#value!", "#name?"}
)


def text_of(cell: Cell) -> str:
    """A cell as text: whole numbers without a decimal point, an apostrophe or ="..." that protects them removed."""
    if isinstance(cell, str):
        text = cell.strip()
        if text[:1] in "='" and text:
            match = _FORMULA(text)
            text = (match[1] or match[2] or "" if match else text.lstrip("'")).strip()
        return "" if text.lower() in _NOTHING else text
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def read_text(cell: Cell) -> Read:
    """Text with single spaces; a name of which a part is hidden is none."""
    text = text_of(cell)
    if not text:
        return NOTHING
    return Read(None, MASKED) if is_masked(text) else Read(" ".join(text.split()))


def read_free_text(cell: Cell) -> Read:
    """Text as it is: stars in it are a rating or a curse."""
    return Read(text_of(cell) or None)


def read_code(cell: Cell) -> Read:
    """A code or number of a document: digits, never a float; what is partly hidden is none."""
    text = text_of(cell)
    if not text:
        return NOTHING
    if isinstance(cell, float) and abs(cell) >= 1e15:
        return Read(None, SCIENTIFIC)
    if is_masked(text):
        return Read(None, MASKED)
    if match := _EXPONENT(text):
        return _expanded(match[1], int(match[2]))
    return Read(match[1] if (match := _FLOAT(text)) else text)


def _expanded(mantissa: str, exponent: int) -> Read:
    """9.12345678E+08 is whole; 9.12E+08 has lost what followed."""
    number = Decimal(mantissa.replace(",", "."))
    digits = len(mantissa.replace(",", ".").partition(".")[2])
    if digits < exponent - 1:
        return Read(None, SCIENTIFIC)
    return Read(f"{number.scaleb(exponent):.0f}")


_SPLIT = re.compile(r"\s*(?:[/;,|\n]|\s-\s|\bhoặc\b|\bor\b)\s*").split


def read_phone(cell: Cell) -> Read:
    """A phone number; a zero that a spreadsheet took from its front is put back."""
    read = read_code(cell)
    if not isinstance(read.value, str):
        return read
    parts = [part for part in _SPLIT(read.value) if sum(map(str.isdigit, part)) >= 8]
    number = parts[0] if parts else read.value
    if len(number) == 9 and number.isdecimal() and number[0] != "0":
        number = "0" + number
    return Read(number, SEVERAL if len(parts) > 1 else None)


_MONEY = re.compile(
    r"([+-]?)\s*(?:₫|đ|vnd|vnđ|\$)?\s*([+-]?\d[\d.,\s]*)\s*"
    r"(k|nghìn|ngàn|ng|tr|triệu|trieu|tỷ|tỉ|ty)?\s*(\d*)\s*(?:₫|đ|đồng|dong|vnd|vnđ|usd|\$)?"
).fullmatch
_SCALES: Final = {"k": 3, "n": 3, "t": 6}


def read_money(cell: Cell) -> Read:
    """An amount, `1.234.567đ` as 1234567, in whole units where the rest is nothing."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Read(_whole(Decimal(repr(cell))))
    text = text_of(cell).lower()
    if not text:
        return NOTHING
    negative = text.startswith("(") and text.endswith(")")
    match = _MONEY(text.strip("()"))
    number = number_of(match[2]) if match else None
    if match is None or number is None or (match[4] and not match[3]):
        return Read(text_of(cell), NO_MONEY)
    if unit := match[3]:
        scale = 9 if unit in ("tỷ", "tỉ", "ty") else _SCALES[unit[0]]
        more = Decimal(match[4] or 0).scaleb(-len(match[4])) if match[4] else 0  # 1tr2 is 1.2 million
        number = (number + more).scaleb(scale)
    return Read(_whole(-number if negative or match[1] == "-" else number))


def number_of(text: str) -> Decimal | None:
    """A number as either habit writes it: the last of point and comma is the decimal one, unless it stands before
    three digits or more than once. None where it is none."""
    text = "".join(text.split()).replace("\u00a0", "")
    point, comma = text.rfind("."), text.rfind(",")
    if point >= 0 and comma >= 0:
        thousands = "," if point > comma else "."
        text = text.replace(thousands, "").replace(",", ".")
    elif max(point, comma) >= 0:
        mark = "." if point >= 0 else ","
        head, *groups = text.split(mark)
        grouped = all(len(group) == 3 for group in groups) and head.lstrip("+-") not in ("", "0", "00")
        text = "".join([head, *groups]) if grouped or len(groups) > 1 else text.replace(",", ".")
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _whole(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def read_number(cell: Cell) -> Read:
    """A count or a rating."""
    if isinstance(cell, bool):
        return Read(int(cell))
    if isinstance(cell, int | float):
        return Read(int(cell) if float(cell).is_integer() else cell)
    text = text_of(cell)
    number = number_of(text.rstrip("%⭐★* ")) if text else None
    return Read(_whole(number)) if number is not None else Read(text or None, NO_NUMBER if text else None)


_GENDERS: Final = {
    **dict.fromkeys(("nam", "male", "m", "anh", "ong", "mr", "1", "boy"), "male"),
    **dict.fromkeys(("nu", "female", "f", "chi", "ba", "co", "mrs", "ms", "0", "girl"), "female"),
    **dict.fromkeys(("khac", "other", "lgbt", "x"), "other"),
}


def read_gender(cell: Cell) -> Read:
    """male, female or other."""
    text = text_of(cell)
    return Read(_GENDERS.get(strip_accents(text).lower().rstrip("."), text) or None)


_YES: Final = frozenset(
    {"1", "x", "co", "yes", "y", "true", "dung", "da tra", "tra hang", "hoan", "returned", "refunded"}
)


def read_flag(cell: Cell) -> Read:
    """True for whatever means yes."""
    if isinstance(cell, bool):
        return Read(cell)
    text = strip_accents(text_of(cell)).lower()
    return Read(text in _YES) if text else NOTHING


Reading = Callable[[Cell], Read]
