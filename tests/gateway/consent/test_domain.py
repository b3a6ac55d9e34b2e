"""What acts of consent add up to, whatever the order in which they arrive."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.domain import (
    PURPOSES,
    REFRESH,
    Act,
    Line,
    Origin,
    State,
    capped,
    check_consent,
    fold,
    in_force,
    is_news,
    micros,
    moment_of,
    published,
    withdrawal_moment,
    would_revive,
)
from kernel.errors import InvalidInput

MOMENTS = st.integers(1, 1_000).map(lambda hours: hours * 3_600_000_000)


def given_at(at: int, *purposes: str, **more: object) -> Act:
    """An act of giving consent under the core notice."""
    fields = {"notice": "core", "notice_version": 1, "method": "form", "proof": None, **more}
    return Act("s", "given", purposes or ("marketing",), at, at, **fields)  # type: ignore[arg-type]


def withdrawn_at(at: int, *purposes: str) -> Act:
    """An act of withdrawing."""
    return Act("s", "withdrawn", purposes or ("marketing",), at, at)


def added_up(*acts: Act) -> State:
    """The state that acts lead to, in that order."""
    state: State = {}
    for act in acts:
        state = fold(state, act)
    return state


def force(state: State) -> frozenset[str]:
    """What is in force for somebody of one origin."""
    return in_force([Origin(state)])


@given(st.lists(MOMENTS, max_size=6), st.lists(MOMENTS, max_size=3), st.randoms())
def test_what_is_in_force_does_not_depend_on_the_order_of_arrival(
    grants: list[int], withdrawals: list[int], random: object
) -> None:
    acts = [*(given_at(at) for at in grants), *(withdrawn_at(at) for at in withdrawals)]
    random.shuffle(acts)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    newest = max(withdrawals, default=0)
    # what comes in before a withdrawal is recorded was captured before it: the door sees to that
    for place, act in enumerate(acts):
        if act.kind == "withdrawn":
            later = max((other.captured_at for other in acts[:place] if other.kind == "given"), default=0)
            acts[place] = act._replace(captured_at=max(act.captured_at, later))
            newest = max(newest, acts[place].captured_at)
    expected = any(at > newest for at in grants)
    assert force(added_up(*acts)) == ({"marketing"} if expected else set())


@given(MOMENTS, MOMENTS)
def test_a_withdrawal_ends_what_was_captured_before_it_whenever_that_arrives(grant: int, end: int) -> None:
    late = added_up(withdrawn_at(end), given_at(grant))
    early = added_up(given_at(grant), withdrawn_at(end))
    assert force(late) == force(early) == ({"marketing"} if grant > end else set())


@given(st.lists(st.sampled_from(["a", "b", None]), max_size=5), st.data())
def test_a_purpose_never_asked_for_is_never_in_force(proofs: list[str | None], data: st.DataObject) -> None:
    acts = [given_at(data.draw(MOMENTS), "service", proof=proof) for proof in proofs]
    assert force(added_up(*acts)) <= {"service"}


def test_the_same_consent_again_is_nothing_new_until_a_day_has_passed() -> None:
    state = added_up(given_at(1_000, "service", "marketing", proof="p"))
    assert fold(state, given_at(1_000, "service", "marketing", proof="p")) is state
    assert fold(state, given_at(REFRESH, "service", proof="q")) is state
    renewed = fold(state, given_at(REFRESH + 1_001, "service", proof="q"))
    assert renewed["service"].proof == "q"
    assert renewed["marketing"] is state["marketing"]
    assert not is_news(state, renewed)


def test_the_same_proof_is_the_same_act_however_late_it_claims_to_be() -> None:
    state = added_up(given_at(1_000, proof="p"), withdrawn_at(2_000))
    assert fold(state, given_at(3_000, proof="p")) is state
    assert "marketing" not in force(state)


def test_a_proof_of_before_is_suspected_only_where_it_would_revive() -> None:
    state = added_up(given_at(1_000, proof="p"), given_at(REFRESH * 2, proof="q"), withdrawn_at(REFRESH * 3))
    assert would_revive(state, given_at(REFRESH * 4, proof="p"))
    assert not would_revive(state, given_at(1_500, proof="p"))
    assert not would_revive({}, given_at(1_500, proof="p"))


@pytest.mark.parametrize("method", ["default", "basis:contract"])
def test_a_default_or_a_basis_opens_what_was_never_withdrawn_and_revives_nothing(method: str) -> None:
    standing = given_at(5_000, "service", method=method, notice=None, notice_version=None)
    assert force(added_up(standing)) == {"service"}
    assert not force(added_up(withdrawn_at(1_000, "service"), standing))
    assert not force(added_up(standing, withdrawn_at(1_000, "service")))
    assert force(added_up(withdrawn_at(1_000, "service"), standing, given_at(2_000, "service"))) == {
        "service"
    }


def test_an_act_of_the_person_replaces_a_default_and_not_the_other_way_round() -> None:
    act, default = given_at(1_000), given_at(2_000, method="default")
    assert added_up(act, default) == added_up(default, act) == added_up(act)


def test_after_a_merge_the_stricter_wins_until_the_person_acts_anew() -> None:
    merged = 50_000
    withdrawn = added_up(given_at(1_000), withdrawn_at(2_000))
    agreed_before = Origin(added_up(given_at(40_000)))
    agreed_after = Origin(added_up(given_at(60_000)))
    assert not in_force([agreed_before, Origin(withdrawn, merged_at=merged)])
    assert in_force([agreed_after, Origin(withdrawn, merged_at=merged)]) == {"marketing"}
    assert in_force([agreed_before, Origin({}, merged_at=merged)]) == {"marketing"}


def test_a_withdrawal_counts_after_every_grant_it_knows_of() -> None:
    ahead = added_up(given_at(9_000))
    assert withdrawal_moment([ahead], ["marketing"], now=5_000) == 9_000
    assert withdrawal_moment([ahead], ["service"], now=5_000) == 5_000
    assert not force(fold(ahead, withdrawn_at(9_000)))


def test_an_act_is_never_newer_than_its_record() -> None:
    recorded = datetime(2026, 5, 1, tzinfo=UTC)
    assert capped(recorded + timedelta(minutes=3), micros(recorded)) == micros(recorded)
    assert capped(recorded - timedelta(minutes=3), micros(recorded)) < micros(recorded)


@given(st.integers(0, 4_000_000_000_000_000))
def test_moments_are_kept_to_the_microsecond(given_micros: int) -> None:
    assert micros(moment_of(given_micros)) == given_micros


def test_events_tell_the_same_as_the_ledger() -> None:
    state = added_up(given_at(1_000, "service"), given_at(1_000, method="default"), withdrawn_at(500))
    told = published(state)
    assert {purpose for purpose, line in told.items() if line.in_force} == force(state) == {"service"}
    assert all(purpose in PURPOSES for purpose in told)
    assert told["service"].granted_at == moment_of(1_000)


def test_consent_of_the_future_or_beyond_its_notice_is_refused_where_it_is_wrong() -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    check_consent(["service"], now + timedelta(minutes=5), now, ["service"])
    with pytest.raises(InvalidInput) as refusal:
        check_consent(["service", "marketing"], now + timedelta(minutes=6), now, ["service"])
    assert [error.pointer for error in refusal.value.errors] == ["/captured_at", "/purposes/1"]


def test_a_line_without_a_grant_is_neither_in_force_nor_withdrawn() -> None:
    assert not Line().in_force
    assert not Line().withdrawn
