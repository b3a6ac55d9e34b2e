"""Numbers about numbers of mentions: shares with their interval, and days out of the ordinary."""

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from statistics import median
from typing import NamedTuple

Z95 = 1.959964
HISTORY_DAYS = 28
"""Days before a day that say what is ordinary: four weeks, so that each weekday weighs alike."""
LEAST_HISTORY = 7
LEAST_MENTIONS = 5
DEVIATIONS = 4.0
_MAD_TO_DEVIATION = 1.4826
"""The median absolute deviation of a normal distribution times this is its standard deviation."""

FAMILIES = {"brand": "rival", "competitor": "rival", "product": "product", "theme": "theme"}
"""Kinds of topics that share one voice: brands are weighed against competitors, products against products."""


class Spike(NamedTuple):
    """A day with many more mentions than were to be expected."""

    day: int
    n: int
    expected: float


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of `hits` of `n`; (0, 1) where n is 0."""
    if not n:
        return 0.0, 1.0
    share, square = hits / n, Z95 * Z95
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = Z95 * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, min(middle - reach, share)), min(1.0, max(middle + reach, share))


def rivals_of(topic_id: str | None, kinds: Mapping[str, str]) -> list[str]:
    """The topics that a topic shares the voice with, itself included; without one the brands and competitors."""
    family = FAMILIES[kinds[topic_id]] if topic_id else "rival"
    return [other for other, kind in kinds.items() if FAMILIES[kind] == family]


def find_spikes(counts: Mapping[int, int], known_from: int, days: Sequence[int]) -> Iterator[Spike]:
    """The `days` above the median of the four weeks before by more than four robust deviations.

    A deviation is never taken as smaller than that of a Poisson count, nor than 1; days before `known_from` say
    nothing, and less than a week of history judges nothing.
    """
    for day in days:
        history = [counts.get(other, 0) for other in range(max(known_from, day - HISTORY_DAYS), day)]
        n = counts.get(day, 0)
        if n < LEAST_MENTIONS or len(history) < LEAST_HISTORY:
            continue
        expected = median(history)
        spread = median(abs(other - expected) for other in history) * _MAD_TO_DEVIATION
        if n > expected + DEVIATIONS * max(spread, sqrt(expected), 1.0):
            yield Spike(day, n, float(expected))
