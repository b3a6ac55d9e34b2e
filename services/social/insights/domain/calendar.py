"""Days on which people in Vietnam talk more, or less, every year: what is expected of them is no news."""

from datetime import date, timedelta
from typing import Final, NamedTuple

TET: Final = {
    2019: (2, 5), 2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29),
    2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11),
    2033: (1, 31), 2034: (2, 19), 2035: (2, 8), 2036: (1, 28), 2037: (2, 15), 2038: (2, 4), 2039: (1, 24), 2040: (2, 12),
}  # fmt: skip
"""The first day of the first lunar month at UTC+7."""

FIXED: Final = {(1, 1): "new year", (4, 30): "30/4", (5, 1): "1/5", (9, 2): "2/9"}


class Special(NamedTuple):
    """A day of the calendar; on it up to `raised` times as much is expected as on an ordinary day."""

    name: str
    raised: float


def special(day: date) -> Special | None:
    """What is special about a day: Tết (a week before to a week after), holidays, double days with their eve."""
    tet = TET.get(day.year)
    if tet:
        away = (day - date(day.year, *tet)).days
        if -7 <= away <= 7:
            return Special("Tết", 2.0)
    fixed = FIXED.get((day.month, day.day))
    if fixed:
        return Special(fixed, 2.0)
    for sale in (day, day + timedelta(days=1)):
        if sale.month == sale.day:
            return Special(f"{sale.day}.{sale.month}", 3.0 if sale == day else 2.0)
    if day.month == 11 and day.weekday() == 4 and 23 <= day.day <= 29:
        return Special("Black Friday", 2.5)
    return None
