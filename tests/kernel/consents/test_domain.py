"""Who may be used for a purpose: the stricter consent wins, and a view that may be old denies."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.consents.domain import NEVER_ASKED, Standing, allows, newest_states, permit, standing_on
from kernel.contracts.consents import ConsentChanged, PurposeState
from kernel.errors import ConsentMissing, ConsentUnknown

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
PURPOSE = "verification"
YES = Standing(granted=True, withdrawn=False, restricted=False)
ENDED = Standing(granted=False, withdrawn=True, restricted=False)
RESTRICTED = Standing(granted=True, withdrawn=False, restricted=True)
origins = st.lists(st.builds(Standing, st.booleans(), st.booleans(), st.booleans()), max_size=4)


def state(version: int, **purposes: PurposeState) -> ConsentChanged:
    """A person's whole consent state."""
    return ConsentChanged(
        id="1",
        version=1,
        subject="s",
        occurred_at=NOON,
        recorded_at=NOON,
        ledger_version=version,
        purposes=purposes,
    )


@given(origins)
def test_a_stale_view_denies_whatever_it_holds(standings: list[Standing]) -> None:
    for seen_to in (NOON - timedelta(seconds=5.001), None):
        with pytest.raises(ConsentUnknown):
            permit(PURPOSE, standings, seen_to, NOON)


@given(origins)
def test_one_withdrawal_or_restriction_in_any_origin_denies(standings: list[Standing]) -> None:
    for stricter in (ENDED, RESTRICTED):
        assert not allows([*standings, stricter])
        with pytest.raises(ConsentMissing):
            permit(PURPOSE, [*standings, stricter], NOON, NOON)


@given(origins)
def test_who_is_permitted_is_who_is_allowed(standings: list[Standing]) -> None:
    if allows(standings):
        permit(PURPOSE, standings, NOON, NOON)
        return
    with pytest.raises(ConsentMissing):
        permit(PURPOSE, standings, NOON, NOON)


def test_never_asked_is_neutral_and_nobody_asked_is_a_denial() -> None:
    permit(PURPOSE, [YES, NEVER_ASKED], NOON - timedelta(seconds=5), NOON)
    assert not allows([NEVER_ASKED])
    assert not allows([])


@pytest.mark.parametrize(
    ("granted", "withdrawn", "standing"),
    [(0, None, YES), (None, None, NEVER_ASKED), (None, 0, ENDED), (0, 1, ENDED), (0, 0, ENDED), (1, 0, YES)],
)
def test_a_consent_counts_where_it_was_captured_after_the_withdrawal(
    granted: int | None, withdrawn: int | None, standing: Standing
) -> None:
    at = [None if hours is None else NOON + timedelta(hours=hours) for hours in (granted, withdrawn)]
    asked = PurposeState(granted_at=at[0], withdrawn_at=at[1])
    assert standing_on(PURPOSE, state(1, verification=asked)) == standing
    assert standing_on("marketing", state(1, verification=asked)) == NEVER_ASKED


def test_the_highest_version_of_the_ledger_counts_in_whatever_order_they_come() -> None:
    events = [state(2), state(7), state(5)]
    assert newest_states(events) == {"s": events[1]}
