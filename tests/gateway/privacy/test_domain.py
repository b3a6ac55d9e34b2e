"""The clocks of the decree."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.consent.domain import HERE
from gateway.privacy.domain import CLOCKS, Kind, WorkingDays, due

MOMENTS = st.datetimes(timezones=st.just(UTC), min_value=datetime(2026, 1, 1))  # noqa: DTZ001 - hypothesis wants it so
FRIDAY = datetime(2026, 12, 4, 9, 0, tzinfo=HERE)


def day_of(moment: datetime) -> date:
    return moment.astimezone(HERE).date()


def test_two_working_days_jump_over_a_weekend() -> None:
    assert day_of(WorkingDays().after(FRIDAY, 2)) == date(2026, 12, 8)


def test_tet_is_no_time_for_acknowledging() -> None:
    before_tet = datetime(2027, 2, 3, 16, 0, tzinfo=HERE)  # the holidays of 2027: 4 to 10 February
    assert day_of(WorkingDays().after(before_tet, 1)) == date(2027, 2, 11)


def test_a_day_in_vietnam_begins_seven_hours_before_it_does_in_utc() -> None:
    late = datetime(2026, 12, 1, 18, 0, tzinfo=UTC)  # 1 o'clock on Wednesday in Vietnam
    assert day_of(WorkingDays().after(late, 1)) == date(2026, 12, 3)


def test_what_was_decided_for_a_year_wins(tmp_path: Path) -> None:
    file = tmp_path / "days.toml"
    file.write_text("off = [2026-12-07]\non = [2026-12-05]\n")
    days = WorkingDays.read(file)
    assert day_of(days.after(FRIDAY, 1)) == date(2026, 12, 5)
    assert day_of(days.after(FRIDAY, 2)) == date(2026, 12, 8)


def test_a_file_of_working_days_holds_dates(tmp_path: Path) -> None:
    file = tmp_path / "days.toml"
    file.write_text('off = ["soon"]\n')
    with pytest.raises(ValueError, match="dates only"):
        WorkingDays.read(file)


@pytest.mark.parametrize(("kind", "own", "with_processors"), [
    ("access", 10, 15), ("portability", 10, 15), ("rectify", 10, 15), ("erase", 20, 30),
    ("restrict", 15, 20), ("object", 15, 20),
])  # fmt: skip
def test_the_clocks_are_those_of_the_decree(kind: str, own: int, with_processors: int) -> None:
    for processors, days in ((False, own), (True, with_processors)):
        assert day_of(due(Kind(kind), FRIDAY, processors=processors)) == day_of(FRIDAY) + timedelta(days)


@given(st.sampled_from(list(Kind)), MOMENTS)
def test_an_extension_is_the_only_way_to_more_time(kind: Kind, filed: datetime) -> None:
    once = due(kind, filed, processors=False)
    later = due(kind, filed, processors=False, extended=True)
    assert later - once == timedelta(days=CLOCKS[kind].extension)
    assert once > filed


@given(MOMENTS, st.integers(1, 10))
def test_working_days_are_counted_one_by_one(moment: datetime, count: int) -> None:
    days = WorkingDays()
    end = days.after(moment, count)
    start = day_of(moment)
    passed = [start + timedelta(n) for n in range(1, (day_of(end) - start).days + 1)]
    assert sum(days.is_working(day) for day in passed) == count
    assert days.is_working(passed[-1])
