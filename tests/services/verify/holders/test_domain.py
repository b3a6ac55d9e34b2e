"""Who may be sent a code: the stricter consent wins, and a view that may be old denies."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.verify.holders.domain import Answer, OriginState, judge, origin_state
from tests.services.verify.running import NOON, consented

origins = st.lists(st.builds(OriginState, st.booleans(), st.booleans(), st.booleans()), max_size=4)
YES = OriginState(granted=True, withdrawn=False, restricted=False)
NEVER = OriginState(granted=False, withdrawn=False, restricted=False)


@given(origins)
def test_a_stale_view_denies_whatever_it_holds(states: list[OriginState]) -> None:
    assert judge(states, NOON - timedelta(seconds=5.001), NOON) is Answer.UNKNOWN
    assert judge(states, None, NOON) is Answer.UNKNOWN


@given(origins)
def test_one_withdrawal_or_restriction_in_any_origin_denies(states: list[OriginState]) -> None:
    withdrawn = [*states, OriginState(granted=False, withdrawn=True, restricted=False)]
    restricted = [*states, OriginState(granted=True, withdrawn=False, restricted=True)]
    assert judge(withdrawn, NOON, NOON) in (Answer.MISSING, Answer.RESTRICTED)
    assert judge(restricted, NOON, NOON) is Answer.RESTRICTED


def test_never_asked_is_neutral_and_nobody_asked_is_a_denial() -> None:
    assert judge([YES, NEVER], NOON - timedelta(seconds=5), NOON) is Answer.ALLOWED
    assert judge([NEVER], NOON, NOON) is Answer.MISSING
    assert judge([], NOON, NOON) is Answer.MISSING


@pytest.mark.parametrize(
    ("granted", "withdrawn", "state"),
    [
        (0, None, YES),
        (None, None, NEVER),
        (None, 0, OriginState(granted=False, withdrawn=True, restricted=False)),
        (0, 1, OriginState(granted=False, withdrawn=True, restricted=False)),
        (1, 0, YES),
    ],
)
def test_a_consent_counts_where_it_was_captured_after_the_withdrawal(
    granted: int | None, withdrawn: int | None, state: OriginState
) -> None:
    at = [None if hours is None else NOON + timedelta(hours=hours) for hours in (granted, withdrawn)]
    assert origin_state(consented("s", 1, granted=at[0], withdrawn=at[1])) == state
