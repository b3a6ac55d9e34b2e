"""Dates of birth in Vietnamese habit: the day comes first."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.records.domain.normal.dates import read_birth

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("written", "value", "doubts"),
    [
        ("1990-04-01", "1990-04-01", ()),
        ("1990-04-01T00:00:00Z", "1990-04-01", ()),
        ("01/04/1990", "1990-04-01", ()),
        ("1.4.1990", "1990-04-01", ()),
        ("1/4/90", "1990-04-01", ()),
        ("1-4-05", "2005-04-01", ()),
        ("19900401", "1990-04-01", ()),
        ("01041990", "1990-04-01", ()),
        ("ngày 1 tháng 4 năm 1990", "1990-04-01", ()),
        ("1990", "1990", ()),
        ("năm 1990", "1990", ()),
        ("04/25/1990", "1990-04-25", ("birth-month-first",)),
        ("31/02/1990", "31/02/1990", ("birth-unreadable",)),
        ("hôm qua", "hôm qua", ("birth-unreadable",)),
        ("01/01/1970", "1970-01-01", ("birth-default",)),
        ("2090-01-01", "2090-01-01", ("birth-implausible",)),
        ("1850-03-02", "1850-03-02", ("birth-implausible",)),
    ],
)
def test_a_date_of_birth_is_read(written: str, value: str, doubts: tuple[str, ...]) -> None:
    found = read_birth(written, TODAY)
    assert (found.value, found.doubts) == (value, doubts)


@given(st.dates(date(1910, 1, 1), TODAY))
def test_every_date_comes_back_from_both_habits(day: date) -> None:
    for written in (day.isoformat(), f"{day:%d/%m/%Y}", f"{day.day}-{day.month}-{day.year}", f"{day:%Y%m%d}"):
        assert read_birth(written, TODAY).value == day.isoformat()


@given(st.text(max_size=40))
def test_anything_is_answered(written: str) -> None:
    assert read_birth(written, TODAY).value == read_birth(read_birth(written, TODAY).value, TODAY).value
