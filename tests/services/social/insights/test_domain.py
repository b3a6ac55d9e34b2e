"""Intervals and spikes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.social.insights.domain import find_spikes, rivals_of, wilson


@given(st.integers(0, 5_000), st.integers(1, 5_000))
def test_the_interval_holds_the_share(hits: int, more: int) -> None:
    n = hits + more
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1


def test_the_interval_is_wilsons() -> None:
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)  # Newcombe 1998, method 3
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_day_far_above_four_ordinary_weeks_is_a_spike() -> None:
    counts = {day: 2 + day % 2 for day in range(30)} | {29: 30}
    (spike,) = find_spikes(counts, 0, range(30))
    assert (spike.day, spike.n) == (29, 30)
    assert spike.expected == 2.5


def test_few_mentions_and_a_short_history_make_no_spike() -> None:
    assert list(find_spikes({9: 4}, 0, range(10))) == []
    assert list(find_spikes({6: 50}, 0, range(7))) == []
    assert [spike.day for spike in find_spikes({7: 50}, 0, range(8))] == [7]


@given(st.integers(0, 40))
def test_the_same_every_day_is_ordinary(n: int) -> None:
    assert list(find_spikes(dict.fromkeys(range(60), n), 0, range(60))) == []


def test_brands_share_the_voice_with_competitors_only() -> None:
    kinds = {"a": "brand", "b": "competitor", "c": "product", "d": "theme"}
    assert rivals_of("a", kinds) == rivals_of("b", kinds) == rivals_of(None, kinds) == ["a", "b"]
    assert rivals_of("c", kinds) == ["c"]
