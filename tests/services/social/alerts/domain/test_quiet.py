"""An alert speaks once of a day, keeps its cooldown, and is patient with a receiver that fails."""

from hypothesis import given
from hypothesis import strategies as st

from services.social.alerts.domain.quiet import HOUR_MS, LONGEST_WAIT_MS, day_to_tell, wait_after


@given(st.lists(st.integers(0, 100)), st.none() | st.integers(0, 100))
def test_only_a_day_later_than_the_last_one_is_told(spikes: list[int], told: int | None) -> None:
    day = day_to_tell(spikes, told, None, 1, 0)
    later = [one for one in spikes if told is None or one > told]
    assert day == (max(later) if later else None)


def test_nothing_is_told_within_the_cooldown() -> None:
    assert day_to_tell([8], 7, 0, 24, 24 * HOUR_MS - 1) is None
    assert day_to_tell([8], 7, 0, 24, 24 * HOUR_MS) == 8


def test_waits_grow_and_have_an_end() -> None:
    waits = [wait_after(failures) for failures in range(40)]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_MS
