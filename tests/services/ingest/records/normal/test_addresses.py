"""Where an address of before July 2025 is today."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.privacy.provinces import PROVINCES, Province
from services.ingest.records.domain.normal.addresses import Current, Parts, current_of, parts_of

HCM = "TP. Hồ Chí Minh"


@pytest.mark.parametrize(
    ("written", "ward", "province"),
    [
        ("12 Lê Lợi, Phường Bến Nghé, Quận 1, TP.HCM", "Phường Sài Gòn", HCM),
        ("12 Lê Lợi, P. Bến Nghé, Q.1, Hồ Chí Minh", "Phường Sài Gòn", HCM),
        ("20 Phạm Văn Đồng, P1, Q. Gò Vấp, HCM", "Phường Hạnh Thông", HCM),
        ("5 ngõ 3, Phường Phúc Xá, Quận Ba Đình, Hà Nội", "Phường Hồng Hà", "Hà Nội"),
        ("5 ngo 3, phuong phuc xa, quan ba dinh, ha noi", "Phường Hồng Hà", "Hà Nội"),
        ("Thị trấn Ba Tơ, Huyện Ba Tơ, Quảng Ngãi", "Xã Ba Tơ", "Quảng Ngãi"),
        ("Phường Dĩ An, Thành phố Dĩ An, Bình Dương", "Phường Dĩ An", HCM),
        ("12 Hùng Vương, Phường 03, Thành phố Tân An, Long An", "Phường Long An", "Tây Ninh"),
        ("1 Trần Phú, Phường Sài Gòn, TP. Hồ Chí Minh", "Phường Sài Gòn", HCM),
        ("1 Trần Phú, Phường Không Có, Huế", None, "Huế"),
    ],
)
def test_an_old_address_is_found_in_the_units_of_today(written: str, ward: str | None, province: str) -> None:
    assert current_of(parts_of(written)) == Current(ward, province)


def test_a_commune_that_was_divided_is_told_as_a_guess() -> None:
    found = current_of(parts_of("Ấp 2, Xã Tân Thạnh, Huyện Thới Lai, Cần Thơ"))
    assert found is not None
    assert found.ward == "Xã Trường Thành"
    assert not found.certain


def test_an_address_in_one_line_comes_apart() -> None:
    assert parts_of("12 Lê Lợi, Phường Bến Nghé, Quận 1, TP.HCM") == Parts(
        "12 Lê Lợi", "Phường Bến Nghé", "Quận 1", "TP.HCM"
    )
    assert parts_of("12 Lê Lợi") == Parts("12 Lê Lợi")
    assert current_of(parts_of("12 Lê Lợi")) is None


@pytest.mark.parametrize("province", PROVINCES.values(), ids=lambda one: one.code)
def test_every_old_province_is_part_of_one_of_today(province: Province) -> None:
    assert current_of(Parts(province=province.name.upper())) == Current(None, province.now)


@given(st.text(max_size=60), st.text(max_size=60))
def test_anything_is_answered(line: str, ward: str) -> None:
    assert parts_of(f"{line},{ward}, Huế") is not None
    assert current_of(Parts(line, ward, None, "Huế")) is not None


def test_the_package_that_would_ask_the_network_is_never_imported() -> None:
    current_of(parts_of("12 Lê Lợi, Phường Bến Nghé, Quận 1, TP.HCM"))
    assert "vietnamadminunits" not in sys.modules
