"""Who is who, and who may be profiled."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.consents import ConsentChanged, PurposeState
from services.persona.lake.domain import Merge, may_profile, person_by_origin, standing_of

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def state(purposes: dict[str, PurposeState]) -> ConsentChanged:
    """A consent state."""
    return ConsentChanged(
        id="1", version=1, subject="s", occurred_at=NOW, recorded_at=NOW, ledger_version=1, purposes=purposes
    )


def test_consent_stands_where_it_was_captured_after_the_last_withdrawal() -> None:
    later = NOW + timedelta(seconds=1)
    assert standing_of(state({})) == "never"
    assert standing_of(state({"marketing": PurposeState(granted_at=NOW)})) == "never"
    assert standing_of(state({"profiling": PurposeState(granted_at=NOW)})) == "granted"
    assert standing_of(state({"profiling": PurposeState(granted_at=NOW, withdrawn_at=later)})) == "withdrawn"
    assert standing_of(state({"profiling": PurposeState(granted_at=later, withdrawn_at=NOW)})) == "granted"


def test_after_a_merge_the_stricter_consent_wins_and_never_asked_is_neutral() -> None:
    assert may_profile([("granted", False), ("never", False)])
    assert not may_profile([("granted", False), ("withdrawn", False)])
    assert not may_profile([("granted", False), ("never", True)])
    assert not may_profile([("never", False)])
    assert not may_profile([])


def test_chains_of_merges_are_followed_to_their_end() -> None:
    assert person_by_origin([Merge("a", "b", 1), Merge("b", "c", 2)]) == {"a": "c", "b": "c"}
    assert person_by_origin([Merge("a", "b", 1), Merge("a", "c", 3)]) == {"a": "c"}


@given(
    st.lists(
        st.builds(Merge, st.sampled_from("abcde"), st.sampled_from("abcde"), st.integers(0, 20)), max_size=12
    )
)
def test_everybody_is_somebody_and_the_map_is_at_rest(merges: list[Merge]) -> None:
    person = person_by_origin(merges)
    for origin in person:
        found = person[origin]
        assert person.get(found, found) == found
