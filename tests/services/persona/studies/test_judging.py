"""What groups foretell, the rules that tell them, their families, the spaces they are found in, and staying put."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.persona.studies.domain.assignment import HYSTERESIS, Assignment, assign, settled
from services.persona.studies.domain.clustering import Limits, clear_groups
from services.persona.studies.domain.families import families
from services.persona.studies.domain.features import Feature
from services.persona.studies.domain.spaces import spaces_of
from services.persona.studies.domain.surrogate import surrogate_of
from services.persona.studies.domain.validation import Trial, auc_of, cell_scores, individual_scores, rfm_grid


def test_cells_that_say_everything_foretell_perfectly_and_chance_foretells_nothing() -> None:
    random = np.random.default_rng(1)
    outcome = random.integers(0, 2, 2_000).astype(float)
    assert auc_of(cell_scores(outcome.astype(int), outcome), outcome).auc > 0.99
    chance = auc_of(cell_scores(random.integers(0, 9, 2_000), outcome), outcome)
    assert chance.low < 0.5 < chance.high
    assert auc_of(individual_scores(outcome[:, None], outcome), outcome).auc > 0.99


def test_nobody_is_judged_by_their_own_outcome() -> None:
    outcome = np.random.default_rng(2).integers(0, 2, 600).astype(float)
    alone = cell_scores(
        np.arange(600), outcome
    )  # a cell for each person: only others could tell, and none can
    assert abs(auc_of(alone, outcome).auc - 0.5) < 0.1


def test_a_trial_is_chosen_by_some_and_judged_by_others() -> None:
    columns = {name: np.arange(400.0) for name in ("recency_days", "orders", "spend")}
    trial = Trial(columns, (np.arange(400) % 2).astype(float), 0, 1)
    one, other = trial.halves()
    assert not set(one.columns["orders"]) & set(other.columns["orders"])
    assert one.is_telling
    assert not Trial(columns, np.zeros(400), 0, 1).is_telling
    assert len(set(rfm_grid(columns).tolist())) == 5


def test_rules_tell_groups_that_one_attribute_separates() -> None:
    values = np.concatenate([np.full(50, 1.0), np.full(50, 9.0)])
    feature = Feature("orders", 1.0, 9.0, 5.0, 4.0)
    told = surrogate_of({"orders": values}, [feature], np.repeat([0, 1], 50))
    assert told.fidelity == 1
    assert [(step.op, step.key) for step in told.rules[1].steps] == [("gt", "orders")]
    assert (told.rules[1].precision, told.rules[1].coverage, told.rules[1].n) == (1, 1, 50)


def test_many_groups_have_three_to_five_faces_and_few_stand_for_themselves() -> None:
    centres = np.array([[0, 0], [0.1, 0], [9, 9], [9.1, 9], [0, 9], [0, 9.1], [9, 0]], float)
    faces = families(centres, [50, 40, 30, 35, 20, 10, 60])
    assert 3 <= len(set(faces)) <= 5
    assert (faces[1], faces[2], faces[5]) == (0, 3, 4)
    assert families(centres[:4], [4, 3, 2, 1]) == [0, 1, 2, 3]


@given(st.integers(0, 500))
@settings(max_examples=20)
def test_the_centre_nearest_in_a_space_is_the_nearest_in_the_whole(seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(size=(80, 3)) @ random.normal(size=(3, 7)) + random.normal(size=(80, 7)) / 9
    for space in spaces_of(points, [str(n) for n in range(7)]):
        inside = space.into(points)
        here, whole = assign(inside, inside[:3]), assign(points, space.back(inside[:3]))
        sure = here.margin > 1e-6
        assert (here.cluster == whole.cluster)[sure].all()


def test_clear_groups_are_counted_and_a_crowd_has_none() -> None:
    random = np.random.default_rng(4)
    clear = np.repeat(np.eye(4) * 12, 60, axis=0) + random.normal(size=(240, 4))
    assert clear_groups(clear, Limits(12, 10)) == 4
    assert clear_groups(random.normal(size=(240, 4)), Limits(12, 10)) is None


def test_a_step_over_the_border_is_no_change_of_persona() -> None:
    narrow, wide = HYSTERESIS / 2, HYSTERESIS * 2
    where = Assignment(np.array([0, 0, 0]), np.array([1, 1, 1]), np.array([narrow, wide, narrow]))
    after: Any = settled(where, np.array([1, 1, -1]))
    assert after.cluster.tolist() == [1, 0, 0]
    assert after.runner_up.tolist() == [0, 1, 1]
    assert after.margin.tolist() == [0, wide, narrow]
