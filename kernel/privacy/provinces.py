"""The provinces of Vietnam before and after July 2025: one spelling for each, and which became which.

63 became 34 by Resolution 202/2025/QH15; districts were abolished at the same time. The codes are those of the
statistics office, which citizen IDs start with (with a zero before them).
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from kernel.privacy.names import strip_accents

_MERGED: Final = """
TP. Hồ Chí Minh: 79 TP. Hồ Chí Minh, 74 Bình Dương, 77 Bà Rịa - Vũng Tàu
Hà Nội: 01 Hà Nội
Đà Nẵng: 48 Đà Nẵng, 49 Quảng Nam
Hải Phòng: 31 Hải Phòng, 30 Hải Dương
Cần Thơ: 92 Cần Thơ, 93 Hậu Giang, 94 Sóc Trăng
Huế: 46 Huế
An Giang: 89 An Giang, 91 Kiên Giang
Bắc Ninh: 27 Bắc Ninh, 24 Bắc Giang
Cà Mau: 96 Cà Mau, 95 Bạc Liêu
Cao Bằng: 04 Cao Bằng
Đắk Lắk: 66 Đắk Lắk, 54 Phú Yên
Điện Biên: 11 Điện Biên
Đồng Nai: 75 Đồng Nai, 70 Bình Phước
Đồng Tháp: 87 Đồng Tháp, 82 Tiền Giang
Gia Lai: 64 Gia Lai, 52 Bình Định
Hà Tĩnh: 42 Hà Tĩnh
Hưng Yên: 33 Hưng Yên, 34 Thái Bình
Khánh Hòa: 56 Khánh Hòa, 58 Ninh Thuận
Lai Châu: 12 Lai Châu
Lâm Đồng: 68 Lâm Đồng, 60 Bình Thuận, 67 Đắk Nông
Lạng Sơn: 20 Lạng Sơn
Lào Cai: 10 Lào Cai, 15 Yên Bái
Nghệ An: 40 Nghệ An
Ninh Bình: 37 Ninh Bình, 35 Hà Nam, 36 Nam Định
Phú Thọ: 25 Phú Thọ, 17 Hòa Bình, 26 Vĩnh Phúc
Quảng Ngãi: 51 Quảng Ngãi, 62 Kon Tum
Quảng Ninh: 22 Quảng Ninh
Quảng Trị: 45 Quảng Trị, 44 Quảng Bình
Sơn La: 14 Sơn La
Tây Ninh: 72 Tây Ninh, 80 Long An
Thái Nguyên: 19 Thái Nguyên, 06 Bắc Kạn
Thanh Hóa: 38 Thanh Hóa
Tuyên Quang: 08 Tuyên Quang, 02 Hà Giang
Vĩnh Long: 86 Vĩnh Long, 83 Bến Tre, 84 Trà Vinh
"""
"""Today's province: the code and name of each one before that became part of it."""

_ALIASES: Final = {
    "hcm": "79",
    "hcmc": "79",
    "hochiminhcity": "79",
    "saigon": "79",
    "sg": "79",
    "hn": "01",
    "vungtau": "77",
    "baria": "77",
    "brvt": "77",
    "thuathienhue": "46",
    "tthue": "46",
    "daclac": "66",
    "darlac": "66",
    "dacnong": "67",
    "contum": "62",
    "backan": "06",
    "baccan": "06",
}
"""Other writings, as `_plain` leaves them, to codes."""

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_UNIT = re.compile(r"^(?:thanhpho|tinh|tp)(?=.{2})")


class Province(NamedTuple):
    """A province of before July 2025 (those that were not merged exist still)."""

    code: str
    name: str
    now: str
    """The name of the one that it is part of today."""


def _table() -> dict[str, Province]:
    lines = [line.split(": ") for line in _MERGED.strip().splitlines()]
    return {
        code: Province(code, name, now)
        for now, before in lines
        for code, _, name in (one.partition(" ") for one in before.split(", "))
    }


PROVINCES: Final = _table()
"""All 63 by code."""


def _plain(text: str) -> str:
    return _UNIT.sub("", _NOT_LETTERS.sub("", strip_accents(text).lower()))


_BY_NAME: Final = {_plain(one.name): one for one in PROVINCES.values()} | {
    alias: PROVINCES[code] for alias, code in _ALIASES.items()
}


@lru_cache(maxsize=4_096)
def find_province(written: str) -> Province | None:
    """The province that a text names in whatever spelling ("TP.HCM", "tinh Binh Duong"), None where it is none."""
    return _BY_NAME.get(_plain(written)) if len(written) <= 64 else None


def province_name(written: str) -> str:
    """The one spelling of a province's name; what names none stays as it is, without white space around."""
    found = find_province(written)
    return found.name if found else written.strip()
