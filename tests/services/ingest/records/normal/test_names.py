"""Names of invented people, in the ways in which they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.records.domain.normal.names import contradicts, is_plain_good, read_name, swapped


@pytest.mark.parametrize(
    ("written", "shown", "doubts"),
    [
        ("NGUYỄN THỊ ÁNH", "Nguyễn Thị Ánh", ()),
        ("nguyễn  thị ánh", "Nguyễn Thị Ánh", ()),
        ("Nguye\u0302\u0303n Thi\u0323 A\u0301nh", "Nguyễn Thị Ánh", ()),
        ("NGUYỄN Thị ánh", "Nguyễn Thị Ánh", ()),
        ("Anh Nguyễn Văn Bình", "Nguyễn Văn Bình", ()),
        ("Chị Đỗ Minh Khuê", "Đỗ Minh Khuê", ()),
        ("Bà Nguyễn Thị Tư", "Nguyễn Thị Tư", ()),
        ("TS. Trần Minh Đức", "Trần Minh Đức", ()),
        ("PGS.TS. Lê Thị Hoa", "Lê Thị Hoa", ()),
        ("Mr. John Carter", "John Carter", ()),
        ("Anh Thư", "Anh Thư", ()),
        ("Ánh Nguyễn", "Nguyễn Ánh", ("name-reordered",)),
        ("Ánh Thị Nguyễn", "Nguyễn Thị Ánh", ("name-reordered",)),
        ("Thị Ánh Nguyễn", "Nguyễn Thị Ánh", ("name-reordered",)),
        ("Anh Thi Nguyen", "Nguyen Thi Anh", ("name-reordered",)),
        ("Minh Quang Trần", "Trần Minh Quang", ("name-reordered",)),
        ("Nguyễn, Thị Ánh", "Nguyễn Thị Ánh", ()),
        ("Thao Nguyen", "Thao Nguyen", ("name-order-unsure",)),
        ("Nguyễn Thị Ánh (khách quen)", "Nguyễn Thị Ánh", ()),
        ("H'HEN NIÊ", "H'Hen Niê", ()),
        ("Ronald McDonald", "Ronald McDonald", ()),
        ("Jürgen Müller", "Jürgen Müller", ()),
        ("李小龍", "李小龍", ()),
        ("Bình", "Bình", ("name-single",)),
        ("test", "test", ("name-placeholder",)),
        ("Khách lẻ", "Khách lẻ", ("name-placeholder",)),
        ("khách lẻ 12", "khách lẻ 12", ("name-placeholder",)),
        ("N/A", "N/A", ("name-placeholder",)),
        ("Nguyễn Văn A", "Nguyễn Văn A", ("name-placeholder",)),
        ("0912 345 678", "0912 345 678", ("name-is-contact",)),
        ("tran@example.com", "tran@example.com", ("name-is-contact",)),
        ("qwrtpsdf", "qwrtpsdf".capitalize(), ("name-odd",)),
    ],
)
def test_a_name_is_shown_as_people_have_it(written: str, shown: str, doubts: tuple[str, ...]) -> None:
    assert read_name(written) == (shown, doubts)


@given(st.text(max_size=80))
def test_reading_never_raises_and_is_stable(written: str) -> None:
    once = read_name(written).value
    assert read_name(once).value == once


@pytest.mark.parametrize("plain", ["nguyen thi anh", "do minh khue", "chau xuan dat"])
def test_what_most_names_are_like_is_told_at_once(plain: str) -> None:
    assert is_plain_good(plain)
    assert read_name(plain.title()).doubts == ()


@pytest.mark.parametrize("plain", ["nguyen van a", "nguyen", "test test", "john carter", ""])
def test_other_names_are_looked_at(plain: str) -> None:
    assert not is_plain_good(plain)


def test_a_middle_name_hints_at_the_gender() -> None:
    assert contradicts("nguyen thi anh", "male")
    assert contradicts("nguyen van binh", "female")
    assert not contradicts("nguyen thi van anh", "female")
    assert not contradicts("nguyen minh anh", "male")


def test_first_and_last_name_that_were_mixed_up_are_noticed() -> None:
    assert swapped("Nguyễn", "Thị Ánh")
    assert not swapped("Ánh", "Nguyễn")
    assert not swapped("Hoàng", "Nguyễn")
