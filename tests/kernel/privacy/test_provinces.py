"""63 provinces became 34, whatever they are called."""

import pytest

from kernel.privacy.provinces import PROVINCES, find_province, province_name


def test_63_became_34() -> None:
    assert len(PROVINCES) == 63
    assert len({one.now for one in PROVINCES.values()}) == 34
    assert {one.now for one in PROVINCES.values()} <= {one.name for one in PROVINCES.values()}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("TP.HCM", "TP. Hồ Chí Minh"),
        ("thành phố Hồ Chí Minh", "TP. Hồ Chí Minh"),
        ("Sài Gòn", "TP. Hồ Chí Minh"),
        ("ha noi", "Hà Nội"),
        ("Tỉnh Hà Tĩnh", "Hà Tĩnh"),
        ("BR-VT", "Bà Rịa - Vũng Tàu"),
        ("Thừa Thiên - Huế", "Huế"),
        ("Đăk Lăk", "Đắk Lắk"),
        ("Hoà Bình", "Hòa Bình"),
        (" Atlantis ", "Atlantis"),
    ],
)
def test_a_province_has_one_spelling(written: str, name: str) -> None:
    assert province_name(written) == name
    assert province_name(name) == name


def test_what_is_none_is_none() -> None:
    for written in ("", "-", "TP", "tỉnh", "x" * 100, "Quận 1"):
        assert find_province(written) is None
