"""Everybody's group, why, and what would change it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.persona.studies.domain.assignment import assign, changes, reasons
from services.persona.studies.domain.features import Feature

FEATURES = [Feature(str(i), -9.0, 9.0, 0.0, 3.0) for i in range(4)] + [
    Feature("4", 0, 1, 0.3, 0.5, level="x")
]


def people(seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Points and centres."""
    random = np.random.default_rng(seed)
    return random.uniform(-2, 2, size=(count, 5)), random.uniform(-2, 2, size=(3, 5))


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_the_group_is_the_nearest_and_the_runner_up_the_next(seed: int) -> None:
    points, centres = people(seed)
    where = assign(points, centres)
    distances = np.linalg.norm(points[:, None] - centres[None], axis=2)
    order = distances.argsort(axis=1)
    assert (where.cluster == order[:, 0]).all()
    assert (where.runner_up == order[:, 1]).all()
    assert ((where.margin >= 0) & (where.margin <= 1)).all()


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_the_change_makes_the_runner_up_as_near_or_nearer(seed: int) -> None:
    points, centres = people(seed)
    where = assign(points, centres)
    columns, values = changes(points, centres, where, FEATURES)
    for index, point in enumerate(points):
        steps = [(c, v) for c, v in zip(columns[index], values[index], strict=True) if c >= 0]
        if steps:
            moved = point.copy()
            for column, value in steps:
                assert FEATURES[column].level is None
                moved[column] = value
            own, other = centres[where.cluster[index]], centres[where.runner_up[index]]
            assert np.linalg.norm(moved - other) <= np.linalg.norm(moved - own) + 1e-6


def test_the_first_reason_is_what_most_sets_the_group_above_the_runner_up() -> None:
    points = np.array([[2.0, 0.0, 0.1, 0.0, 0.0]])
    centres = np.array([[2.0, 0, 0, 0, 0], [-2.0, 0, 0.2, 0, 0]])
    where = assign(points, centres)
    assert reasons(points, centres, where)[0, 0] == 0


def test_large_crowds_are_assigned_in_parts_with_the_same_result() -> None:
    points, centres = people(1, 60_000)
    where, some = assign(points, centres), assign(points[-100:], centres)
    assert (where.cluster[-100:] == some.cluster).all()
