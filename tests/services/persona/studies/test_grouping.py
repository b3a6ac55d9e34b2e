"""Groups that are really there are found, and none are invented."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from services.persona.attributes.domain import CATALOGUE
from services.persona.studies.domain.clustering import (
    STABLE,
    bootstrap_jaccard,
    choose_grouping,
    fewest_differences,
    group,
)
from services.persona.studies.domain.features import fit_features, matrix
from services.persona.studies.domain.grouping import Refusal, find_groups
from services.persona.studies.domain.rfm import rfm_labels

NUMBERS = (
    "orders",
    "spend",
    "interactions",
    "recency_days",
    "rating",
    "referrals",
    "attendance",
    "basket_size",
)


def blobs(kinds: int, each: int, columns: int = 8, *, apart: float = 6.0, seed: int = 3) -> tuple[Any, Any]:
    """Points around `kinds` centres, and whose each is."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(kinds, columns)) * apart / 2
    truth = np.repeat(np.arange(kinds), each)
    return centres[truth] + random.normal(size=(kinds * each, columns)), truth


def columns_of(points: Any) -> dict[str, Any]:
    """Points as attribute columns of people."""
    columns: dict[str, Any] = {name: np.exp(points[:, i] / 4) * 10 for i, name in enumerate(NUMBERS)}
    return {
        **columns,
        "person": np.array([f"p{i}" for i in range(len(points))]),
        "contacts": np.full(len(points), 9),
    }


def found(points: Any, **more: Any) -> Any:
    """Groups of points with small limits."""
    limits = {"largest": 12, "fewest_people": 30, "floor": 10, "threshold": 10, **more}
    return find_groups(columns_of(points), list(CATALOGUE.values()), **limits)


@pytest.mark.parametrize("kinds", [3, 5])
def test_planted_kinds_are_found_again_and_every_one_is_stable(kinds: int) -> None:
    points, truth = blobs(kinds, 80)
    groups = found(points)
    assert adjusted_rand_score(truth, groups.group) >= 0.9
    assert groups.k == kinds
    assert min(groups.stability.values()) >= STABLE


def test_no_more_personas_than_were_asked_for() -> None:
    points, _ = blobs(5, 80)
    groups = choose_grouping(points, [str(i) for i in range(8)], largest=4, floor=10).grouping
    assert groups is None or groups.k <= 4


def test_where_there_is_one_crowd_nothing_is_invented() -> None:
    points = np.random.default_rng(5).normal(size=(400, 8))
    with pytest.raises(Refusal) as refusal:
        found(points)
    assert refusal.value.reasons[0]["code"] == "unstable-groups"
    assert refusal.value.quality["customers"] == 400


def test_an_answer_that_splits_everybody_in_half_makes_no_two_personas() -> None:
    points, truth = blobs(3, 100)
    answer = np.random.default_rng(9).choice([-4.0, 4.0], size=(300, 1))
    names = [*(str(i) for i in range(8)), "answer:coin"]
    choice = choose_grouping(np.hstack([points, answer]), names, floor=10)
    assert choice.grouping is not None
    assert adjusted_rand_score(truth, choice.grouping.labels) >= 0.9


def test_groups_are_the_same_every_time_and_the_largest_comes_first() -> None:
    points, _ = blobs(3, 60)
    one, other = group(points, 3, seed=1), group(points, 3, seed=1)
    assert (one.labels == other.labels).all()
    assert list(one.sizes) == sorted(one.sizes, reverse=True)
    assert fewest_differences(points, one, [str(i) for i in range(8)]) >= 2


def test_a_group_that_is_noise_does_not_survive_the_bootstrap() -> None:
    points = np.random.default_rng(5).normal(size=(300, 6))
    with threadpool_limits(1):
        assert min(bootstrap_jaccard(points, group(points, 5).labels)) < 0.6


def test_too_few_people_are_refused_with_the_numbers() -> None:
    points, _ = blobs(2, 10)
    with pytest.raises(Refusal) as refusal:
        found(points)
    assert refusal.value.reasons[0]["code"] == "too-few-customers"
    assert "20" in refusal.value.reasons[0]["detail"]


def test_a_few_people_get_groups_by_a_rule_that_says_so() -> None:
    points, _ = blobs(2, 25)
    groups = found(points)
    assert groups.method == "rfm"
    assert set(groups.stability.values()) == {None}
    assert "consent of 10 more" in groups.quality["action"]["en"]
    assert min(np.bincount(groups.group[groups.group >= 0])) >= 10


def test_the_rule_tells_recent_from_gone_and_often_from_rarely() -> None:
    recency, orders = np.array([1.0, 1.0, 90.0, np.nan]), np.array([9, 1, 9, 1])
    assert rfm_labels(recency, orders).tolist() == [0, 1, 2, 3]


def test_protected_and_descriptive_attributes_and_twins_are_no_features() -> None:
    points, _ = blobs(3, 60)
    columns = {**columns_of(points), "spend_surge": np.linspace(0, 1, 180)}
    columns["spend"] = columns["orders"] * 1000  # a twin of orders
    columns["channels"] = np.full(180, 2.0)
    columns["sentiment"] = np.where(np.arange(180) < 20, 1.0, np.nan)
    features = fit_features(columns, list(CATALOGUE.values()))
    names = {feature.key for feature in features}
    assert names.isdisjoint({"spend_surge", "spend", "channels", "sentiment"})
    assert np.abs(matrix(columns, features)).max() <= 3.0
