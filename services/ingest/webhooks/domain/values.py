"""Values as providers write them, to values as records have them. Each gives None where it can make nothing of one."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from math import isfinite
from typing import Any, Final

VIETNAM = timezone(timedelta(hours=7))
_NAIVE_FRACTION = re.compile(r"(\.\d{6})\d+")
_MOST = 2**53


def text(value: Any) -> str | None:
    """Text without white space around it; numbers as they are written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < _MOST:
        value = int(value)
    return str(value).strip() or None


def whole(value: Any) -> int | None:
    """A whole number, rounded: amounts in đồng have no minor unit, whatever decimals a provider writes."""
    found = number(value)
    return None if found is None else round(found)


def number(value: Any) -> float | int | None:
    """A number, written as one or as text."""
    if isinstance(value, str):
        try:
            value = float(value) if "." in value or "e" in value.lower() else int(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _MOST:
        return None
    return value


def moment(value: Any) -> str | None:
    """ISO 8601 with offset; without one it is Vietnam's; numbers are seconds since 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC).isoformat()
        except (OverflowError, OSError, ValueError):
            return None
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(_NAIVE_FRACTION.sub(r"\1", value.strip()))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=VIETNAM)).isoformat()


def day(value: Any) -> str | None:
    """A date; of a time its day in Vietnam."""
    if isinstance(value, str) and len(value) == 10:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            return None
    found = moment(value) if isinstance(value, str) else None
    return datetime.fromisoformat(found).astimezone(VIETNAM).date().isoformat() if found else None


def gender(value: Any) -> str | None:
    """male, female or other, from words, KiotViet's true (male) and Haravan's 0 and 1 (female, male)."""
    if isinstance(value, bool | int):
        return {1: "male", 0: "female"}.get(int(value))
    return _GENDERS.get(value.strip().lower()) if isinstance(value, str) else None


_GENDERS: Final = {
    "male": "male", "nam": "male", "m": "male",
    "female": "female", "nữ": "female", "nu": "female", "f": "female",
    "other": "other", "khác": "other",
}  # fmt: skip


def flag(value: Any) -> bool | None:
    """Whether something is so: `true`, or a time or status that is there."""
    return None if value is None else bool(value)


def finite(value: Any) -> Any:
    """`value` as it is, without numbers that JSON cannot say (1e999 is read as infinite)."""
    if isinstance(value, dict):
        return {key: finite(cell) for key, cell in value.items()}
    if isinstance(value, list):
        return [finite(cell) for cell in value]
    return None if isinstance(value, float) and not isfinite(value) else value


CONVERSIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "text": text,
    "whole": whole,
    "number": number,
    "moment": moment,
    "date": day,
    "gender": gender,
    "flag": flag,
    "any": finite,
}
"""By the name that a mapping gives as `as`."""
