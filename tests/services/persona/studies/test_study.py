"""No objective, no study."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.persona.attributes.domain import Condition
from services.persona.studies.domain.study import Study, faults_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
GOOD = Study("Khách hàng 2026", "Chọn nhóm khách để chăm sóc lại.", "repeat_purchase", 90)


def test_a_study_that_says_why_and_judged_by_what_may_be() -> None:
    assert faults_of(GOOD) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"objective": ""}, "/objective"),
        ({"objective": "   hm   "}, "/objective"),
        ({"metric": ""}, "/success_metric/kind"),
        ({"metric": "happiness"}, "/success_metric/kind"),
        ({"horizon_days": 0}, "/success_metric/horizon_days"),
        ({"purpose": "marketing"}, "/purpose"),
        ({"max_personas": 1}, "/max_personas"),
        ({"max_personas": 13}, "/max_personas"),
        ({"name": ""}, "/name"),
        ({"start": NOW, "end": NOW - timedelta(days=1)}, "/window/to"),
        ({"start": datetime(2999, 1, 1, tzinfo=UTC)}, "/window/from"),
        ({"conditions": (Condition("religion", "eq", "x"),)}, "/audience/all/0/field"),
    ],
)
def test_a_study_is_refused_with_a_pointer_to_what_is_wrong(change: dict[str, Any], pointer: str) -> None:
    assert [fault.pointer for fault in faults_of(replace(GOOD, **change))] == [pointer]


def test_the_window_ends_now_at_the_latest_and_is_a_year_where_not_said() -> None:
    assert GOOD.window(NOW) == (int((NOW - timedelta(days=365)).timestamp()), int(NOW.timestamp()), "VND")
    ahead = replace(GOOD, end=NOW + timedelta(days=9))
    assert ahead.window(NOW).end_s == int(NOW.timestamp())
