"""Numbers with their evidence; small cells never show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.persona.cards.domain.evidence import (
    SUPPRESSED,
    cramers_v,
    mean_estimate,
    share_estimate,
    wilson,
)


def test_a_mean_has_n_interval_and_lift_over_everyone() -> None:
    everyone = np.array([1.0] * 50 + [3.0] * 50)
    estimate = mean_estimate(everyone[50:], everyone, 10)
    assert (estimate.value, estimate.n, estimate.lift) == (3.0, 50, 1.5)
    assert estimate.interval == (3.0, 3.0)


def test_fewer_known_values_than_the_threshold_show_nothing() -> None:
    values = np.array([5.0] * 9 + [np.nan] * 30)
    assert mean_estimate(values, values, 10) == SUPPRESSED
    assert SUPPRESSED.view() == {"value": None, "n": None, "interval": None, "lift": None, "suppressed": True}


@pytest.mark.parametrize(("count", "n"), [(3, 100), (97, 100), (4, 9)])
def test_a_share_is_hidden_where_it_or_its_complement_is_a_small_cell(count: int, n: int) -> None:
    assert share_estimate(count, n, 0.5, 10).suppressed


def test_nobody_and_everybody_are_no_small_cells() -> None:
    assert share_estimate(0, 100, 0.5, 10).value == 0
    assert share_estimate(100, 100, 0.5, 10).value == 1


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_the_share_and_stays_within_0_and_1(pair: tuple[int, int]) -> None:
    low, high = wilson(*pair)
    assert 0 <= low <= pair[0] / pair[1] + 1e-6
    assert pair[0] / pair[1] - 1e-6 <= high <= 1


def test_cramers_v_is_none_for_chance_and_one_for_the_same_thing() -> None:
    groups = [0, 1] * 200
    assert cramers_v(groups, ["a", "b"] * 200) == pytest.approx(1, abs=0.01)
    random = np.random.default_rng(1)
    chance = cramers_v(groups, random.choice(["a", "b"], 400).tolist())
    assert chance is not None
    assert chance < 0.15
    assert cramers_v(groups, [None] * 400) is None
    assert cramers_v(groups, ["a"] * 400) is None
