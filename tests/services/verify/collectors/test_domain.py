"""The rules of collection: honest work passes, each sign is named, few records condemn nobody."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.verify.collectors.domain import Conduct, answers_hash, judge
from services.verify.collectors.records import is_hasty

counts = st.integers(0, 10_000)


COUNTED = ("records", "timed", "hasty", "surveys", "most_repeated", "device_collectors", "number_people")
others = dict.fromkeys((name for name in Conduct._fields if name not in COUNTED), st.just(0))


@given(st.builds(Conduct, **{**others, **dict.fromkeys(COUNTED, counts), "collector": st.just("c")}))
def test_a_score_is_between_0_and_1_flagged_from_a_half_and_explained(conduct: Conduct) -> None:
    hasty, repeated = min(conduct.hasty, conduct.timed), min(conduct.most_repeated, conduct.surveys)
    verdict = judge(conduct._replace(hasty=hasty, most_repeated=repeated))
    assert 0 <= verdict.score <= 1
    assert verdict.flagged == (verdict.score >= 0.5)
    assert bool(verdict.reasons) >= (verdict.score > 0)


@dataclass(frozen=True)
class Case:
    """What a collector did and what is to be said of it."""

    conduct: Conduct
    codes: list[str]
    flagged: bool


CASES = {
    "honest": Case(Conduct("c", 200, timed=200, hasty=4, surveys=100, most_repeated=12), [], False),
    "shift": Case(Conduct("c", 200, device_collectors=3, number_people=3), [], False),
    "one slip": Case(Conduct("c", 1, timed=1, hasty=1), ["too-fast"], False),
    "hasty": Case(Conduct("c", 48, timed=48, hasty=48), ["too-fast"], True),
    "copies": Case(Conduct("c", 24, surveys=24, most_repeated=24), ["same-answers"], True),
    "many names": Case(Conduct("c", 24, device_collectors=6), ["shared-device"], True),
    "own number": Case(Conduct("c", 24, number_people=9), ["shared-number"], True),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_sign_is_named_and_only_sure_ones_flag(case: Case) -> None:
    verdict = judge(case.conduct)
    assert [reason.code for reason in verdict.reasons] == case.codes
    assert verdict.flagged == case.flagged


def test_a_person_needs_time_to_be_asked_and_a_till_does_not() -> None:
    assert is_hasty("survey", 9_000)
    assert not is_hasty("survey", 60_000)
    assert not is_hasty("transaction", 200)


def test_answers_are_the_same_in_whatever_order_they_are_written() -> None:
    one = answers_hash({"form": "f", "answers": {"a": 1, "b": 2}})
    assert one == answers_hash({"answers": {"b": 2, "a": 1}, "form": "f"})
    assert one != answers_hash({"form": "g", "answers": {"a": 1, "b": 2}})
    assert answers_hash({"form": "f", "answers": {}}) is None


def test_a_regular_with_a_number_of_a_pattern_may_come_as_often_as_they_like() -> None:
    regular = Conduct("staff", 1_000, templates=900, numbered=40)
    assert "template-numbers" in [reason.code for reason in judge(regular).reasons]
