"""Days out of the ordinary: against a robust weekly baseline that knows the calendar."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import erfc, sqrt
from statistics import median
from typing import NamedTuple

from services.social.insights.domain.calendar import special

HISTORY_DAYS = 56
"""Days before a day that say what is ordinary: eight of each weekday."""
RECENT_DAYS = 28
LEAST_HISTORY = 7
LEAST_MENTIONS = 5
CHANCE = 1e-4
"""A day so unlikely, or less, by chance is a spike."""
CAUTION = 1.25
"""The spread of ordinary days is known from few of them, and their tails are heavier than a normal one."""
_MAD_TO_DEVIATION = 1.4826
"""The median absolute deviation of a normal distribution times this is its standard deviation."""
_EPOCH = date(1970, 1, 1)


class Spike(NamedTuple):
    """A day with many more mentions than were to be expected. `calendar` names what was special about it anyway."""

    day: int
    n: int
    expected: float
    p_value: float
    calendar: str | None


def find_spikes(counts: Mapping[int, int], known_from: int, days: Sequence[int]) -> Iterator[Spike]:
    """The `days` (numbered from 1970-01-01) that are too unlikely to be chance.

    Expected is the median of four weeks, times what the weekday usually has of it (from eight weeks), times what the
    calendar raises. Deviations are measured on the square-root scale, where counts have one spread, widened by how
    much ordinary days spread beyond Poisson. Days of the calendar say nothing about ordinary ones. Days before
    `known_from` say nothing, and less than a week of history judges nothing.
    """
    for day in days:
        n = counts.get(day, 0)
        history = [other for other in range(max(known_from, day - HISTORY_DAYS), day) if not _named(other)]
        if n < LEAST_MENTIONS or len(history) < LEAST_HISTORY:
            continue
        level = median(counts.get(other, 0) for other in history[-RECENT_DAYS:])
        expected = level * _weekday(counts, history, day % 7)
        spread = _spread(counts, history)
        known = special(_EPOCH + timedelta(days=day))
        bound = expected * (known.raised if known else 1.0)
        p_value = _tail(n, bound, spread)
        if p_value < CHANCE and n >= bound + LEAST_MENTIONS - 1:
            yield Spike(day, n, round(float(bound), 1), p_value, known.name if known else None)


def _named(day: int) -> bool:
    return special(_EPOCH + timedelta(days=day)) is not None


def _weekday(counts: Mapping[int, int], history: Sequence[int], weekday: int) -> float:
    """How a weekday usually compares with the median day; pulled towards 1 where few of it are known."""
    same = [counts.get(day, 0) for day in history if day % 7 == weekday]
    middle = median(counts.get(day, 0) for day in history)
    if len(same) < 2 or not middle:
        return 1.0
    trust = len(same) / (len(same) + 2)
    return float(1 + trust * (median(same) / middle - 1))


def _spread(counts: Mapping[int, int], history: Sequence[int]) -> float:
    """Robust standard deviation of 2 x root(n) around its weekday: 1 for Poisson, more where days clump."""
    factors = {weekday: _weekday(counts, history, weekday) for weekday in range(7)}
    middle = median(counts.get(day, 0) for day in history)
    off = [_root(counts.get(day, 0)) - _root(middle * factors[day % 7]) for day in history]
    centre = median(off)
    return CAUTION * max(1.0, _MAD_TO_DEVIATION * float(median(abs(one - centre) for one in off)))


def _root(n: float) -> float:
    return 2 * sqrt(n + 0.375)


def _tail(n: float, expected: float, spread: float) -> float:
    """The chance of `n` or more (Anscombe's normal approximation)."""
    return erfc((_root(n) - _root(expected)) / spread / sqrt(2)) / 2
