"""From what a person or a spreadsheet wrote to plain digits."""

import re
import unicodedata
from typing import Final

MAX_WRITTEN: Final = 64
"""Longer texts are no phone number in any writing."""

_SEPARATORS: Final = dict.fromkeys(
    map(
        ord,
        " \t\r\n.-()'\u00a0\u00ad\u00b7\u2009\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202f\u2010\u2011\u2012\u2013\u2014\u2212\ufeff",
    )
)
_DIGITS = re.compile(r"\+?[0-9]+").fullmatch
_FLOAT = re.compile(r"\s*[0-9]{8,12}\.0\s*").fullmatch


def digits_of(raw: str) -> str | None:
    """The digits written, with a leading "+" if there is one; None if anything but separators is left.

    Full-width digits count, letters never do (a letter O is not a zero), and the ".0" that a spreadsheet
    appends to a number is dropped.
    """
    if len(raw) > MAX_WRITTEN:
        return None
    if not raw.isascii():
        raw = unicodedata.normalize("NFKC", raw)
    if _FLOAT(raw):
        raw = raw.strip()[:-2]
    cleaned = raw.translate(_SEPARATORS)
    return cleaned if _DIGITS(cleaned) else None


def national_part(digits: str) -> str | None:
    """The Vietnamese national number without its leading zero, or None if `digits` name another country.

    Understands +84, 0084, 84, 0, a zero kept after the country code, and a zero lost by a spreadsheet.
    """
    if digits.startswith("+84"):
        return digits[3:].removeprefix("0")
    if digits.startswith("0084"):
        return digits[4:].removeprefix("0")
    if digits[0] == "+" or digits.startswith("00"):
        return None
    if digits[0] == "0":
        return digits[1:]
    if digits.startswith("84") and len(digits) > 10:
        return digits[2:].removeprefix("0")
    return digits
