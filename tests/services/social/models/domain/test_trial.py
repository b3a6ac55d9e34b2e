"""A model that got worse never answers, and a night is used once."""

from hypothesis import given
from hypothesis import strategies as st

from services.social.models.domain.trial import MOST_LOST, is_held_out, is_night, losses

FIGURES = st.dictionaries(st.sampled_from(["frozen/sentiment", "own/spam"]), st.floats(0, 1), min_size=1)
TWO_AT_NIGHT = 1_795_114_800_000 - 1_795_114_800_000 % 86_400_000 + 19 * 3_600_000
"""02:00 in Vietnam is 19:00 UTC."""


@given(FIGURES)
def test_nothing_is_lost_against_itself_and_everything_against_nothing(figures: dict[str, float]) -> None:
    assert losses(figures, figures) == []
    assert losses(figures, {}) == sorted(name for name, figure in figures.items() if figure > MOST_LOST)


def test_two_points_are_chance_and_more_is_a_loss() -> None:
    before = {"frozen/sentiment": 0.70, "own/spam": 0.50}
    assert losses(before, {"frozen/sentiment": 0.69, "own/spam": 0.9}) == []
    assert losses(before, {"frozen/sentiment": 0.67, "own/spam": 0.9}) == ["frozen/sentiment"]


def test_a_fifth_is_held_out_and_always_the_same() -> None:
    ids = [f"00000000-0000-8000-8000-{n:012x}" for n in range(1_000)]
    assert sum(map(is_held_out, ids)) == 200


def test_a_night_wants_enough_that_is_new_and_comes_once() -> None:
    assert is_night(TWO_AT_NIGHT, 0, 20)
    assert not is_night(TWO_AT_NIGHT, 0, 19)
    assert not is_night(TWO_AT_NIGHT, TWO_AT_NIGHT - 3_600_000, 20)
    assert not is_night(TWO_AT_NIGHT + 2 * 3_600_000, 0, 20)
