"""Which purpose a record needs, and how little a stated basis opens."""

import pytest

from kernel.privacy.purposes import BASIS, Purpose, opened_by


@pytest.mark.parametrize(
    ("purpose", "kinds"),
    [
        (Purpose.SERVICE, {"profile", "transaction", "attendance", "referral"}),
        (Purpose.ANALYTICS, {"interaction", "survey", "interview", "feedback"}),
        (None, {"market_note"}),
    ],
)
def test_each_kind_needs_its_purpose(purpose: Purpose | None, kinds: set[str]) -> None:
    assert {kind for kind in BASIS if BASIS[kind] is purpose} == kinds


def test_an_unknown_kind_is_an_error_and_never_free() -> None:
    with pytest.raises(KeyError):
        BASIS["gossip"]


@pytest.mark.parametrize("basis", ["contract", "legal_obligation"])
def test_a_stated_basis_opens_service_alone(basis: str) -> None:
    assert opened_by(basis) == {Purpose.SERVICE}


@pytest.mark.parametrize("basis", [None, "", "legitimate_interest"])
def test_no_other_basis_opens_anything(basis: str | None) -> None:
    assert opened_by(basis) == frozenset()


def test_there_are_eight_purposes() -> None:
    assert [str(purpose) for purpose in Purpose] == (
        ["service", "verification", "analytics", "profiling", "marketing", "research", "sharing", "legal"]
    )
