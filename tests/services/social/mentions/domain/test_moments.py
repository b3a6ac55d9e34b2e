"""Instants and the days that people in Vietnam count."""

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from services.social.mentions.domain.moments import bound_of, date_of, day_of, instant_of, moment_of, start_of

_MOMENTS = st.integers(0, 4_000_000_000_000)


@given(_MOMENTS, st.integers(-14, 14))
def test_an_instant_is_the_same_in_every_zone(milliseconds: int, hours: int) -> None:
    there = moment_of(milliseconds).astimezone(timezone(timedelta(hours=hours)))
    assert instant_of(there.isoformat()) == milliseconds


@given(_MOMENTS)
def test_a_day_holds_its_moments(milliseconds: int) -> None:
    day = day_of(milliseconds)
    assert start_of(day) <= moment_of(milliseconds) < start_of(day + 1)
    assert date_of(day) == moment_of(milliseconds).date()


def test_a_bound_is_an_instant_or_a_whole_day() -> None:
    midnight = int(datetime.fromisoformat("2026-11-02T00:00:00+07:00").timestamp() * 1000)
    assert bound_of("2026-11-02") == midnight
    assert bound_of("2026-11-02", end=True) == midnight + 86_400_000
    assert bound_of("2026-11-02T00:00:00 07:00", end=True) == midnight
    assert bound_of("2026-11-02T00:00:00.000 07:00") == midnight
    for nonsense in ("", "2026-13-01", "2026-11-02T00:00:00", "mai", "-1"):
        assert bound_of(nonsense) is None
