"""Shares with their intervals, what changed between two periods, and how few authors say how much."""

from collections.abc import Mapping, Sequence
from math import erfc, sqrt
from typing import NamedTuple

Z95 = 1.959964

FAMILIES = {"brand": "rival", "competitor": "rival", "product": "product", "theme": "theme"}
"""Kinds of topics that share one voice: brands are weighed against competitors, products against products."""


class Gap(NamedTuple):
    """A share then and now. `interval`: 95 % of the difference; `p_value`: of so large a one by chance (two-sided)."""

    before: float
    now: float
    difference: float
    interval: tuple[float, float]
    p_value: float


class Concentration(NamedTuple):
    """How few say how much. `top_share`: of the ten most active authors; `gini`: 0 all alike .. 1 one alone."""

    authors: int
    top_share: float
    gini: float


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


def gap(before: int, n_before: int, now: int, n_now: int) -> Gap | None:
    """What changed between two shares: Newcombe's interval from Wilson's, and the pooled z-test. None where either
    period is empty."""
    if not n_before or not n_now:
        return None
    first, second = before / n_before, now / n_now
    low1, high1 = wilson(before, n_before)
    low2, high2 = wilson(now, n_now)
    difference = second - first
    low = difference - sqrt((second - low2) ** 2 + (high1 - first) ** 2)
    high = difference + sqrt((high2 - second) ** 2 + (first - low1) ** 2)
    pooled = (before + now) / (n_before + n_now)
    spread = sqrt(pooled * (1 - pooled) * (1 / n_before + 1 / n_now))
    p_value = erfc(abs(difference) / spread / sqrt(2)) if spread else 1.0
    return Gap(first, second, difference, (max(-1.0, low), min(1.0, high)), p_value)


def concentration(counts: Sequence[int], top: int = 10) -> Concentration:
    """Of the numbers of mentions of each author."""
    ordered, total = sorted(counts), sum(counts)
    if not total:
        return Concentration(0, 0.0, 0.0)
    n = len(ordered)
    weighed = sum(rank * count for rank, count in enumerate(ordered, 1))
    return Concentration(n, sum(ordered[-top:]) / total, max(0.0, 2 * weighed / (n * total) - (n + 1) / n))
