"""The Vietnamese numbering plan as data: prefixes, area codes and the two migrations.

Sources: the decisions of the Ministry of Information and Communications on area codes (2017) and on 11-digit
mobile numbers (2018); the operators' announcements for prefixes opened later (exact to about the month).
National numbers are written here without the leading zero.
"""

from datetime import date
from typing import Final, NamedTuple

MIGRATION_START: Final = date(2018, 9, 15)
"""From this day the new 10-digit mobile numbers could be dialled; the old ones until 14 November 2018."""

VIETTEL, MOBIFONE, VINAPHONE = "Viettel", "MobiFone", "VinaPhone"
VIETNAMOBILE, GMOBILE, WINTEL, ITEL = "Vietnamobile", "Gmobile", "Wintel", "iTel"
VSAT: Final = "VSAT"

_CARRIER_PREFIXES: Final = {
    VIETTEL: "32 33 34 35 36 37 38 39 86 96 97 98",
    MOBIFONE: "70 76 77 78 79 89 90 93",
    VINAPHONE: "81 82 83 84 85 88 91 94",
    VIETNAMOBILE: "52 56 58 92",
    GMOBILE: "59 99",
    WINTEL: "55",
    ITEL: "87",
}

CARRIERS: Final[dict[str, str]] = {
    prefix: carrier for carrier, prefixes in _CARRIER_PREFIXES.items() for prefix in prefixes.split()
}
"""Two-digit mobile prefix to the carrier it was given to. Numbers move between carriers since 16/11/2018."""

UNASSIGNED: Final = frozenset({"30", "31", "51", "95"})
"""Prefixes inside the mobile ranges that no carrier holds today."""

OPENED: Final[dict[str, date]] = {
    **dict.fromkeys(
        (prefix for prefix in (*CARRIERS, *UNASSIGNED) if prefix[0] in "357" or prefix[:2] < "86"),
        MIGRATION_START,
    ),
    "86": date(2016, 6, 1),
    "88": date(2016, 6, 1),
    "89": date(2016, 6, 1),
    "87": date(2019, 4, 1),
    "55": date(2020, 6, 1),
    "95": date(2003, 7, 1),
}
"""When a mobile prefix came into use; prefixes not listed (09x) are older than any record."""

OLD_MOBILE: Final[dict[str, str]] = {
    **{f"16{digit}": f"3{digit}" for digit in "23456789"},
    **{"120": "70", "121": "79", "122": "77", "126": "76", "128": "78"},
    **{"123": "83", "124": "84", "125": "85", "127": "81", "129": "82"},
    **{"186": "56", "188": "58", "199": "59"},
}
"""Prefix of an 11-digit mobile number (without zero) to its prefix since 2018; the last seven digits stay."""


class Area(NamedTuple):
    """A landline area: its code today, its code until `changed_on` ("" where it never changed), its province."""

    code: str
    old: str
    region: str
    changed_on: date


_FEBRUARY, _APRIL, _JUNE = date(2017, 2, 11), date(2017, 4, 15), date(2017, 6, 17)

_AREAS_BY_STEP: Final = {
    _FEBRUARY: (
        "212 22 Sơn La|213 231 Lai Châu|214 20 Lào Cai|215 230 Điện Biên|216 29 Yên Bái|232 52 Quảng Bình|"
        "233 53 Quảng Trị|234 54 Huế|235 510 Quảng Nam|236 511 Đà Nẵng|237 37 Thanh Hóa|238 38 Nghệ An|"
        "239 39 Hà Tĩnh"
    ),
    _APRIL: (
        "203 33 Quảng Ninh|204 240 Bắc Giang|205 25 Lạng Sơn|206 26 Cao Bằng|207 27 Tuyên Quang|"
        "208 280 Thái Nguyên|209 281 Bắc Kạn|220 320 Hải Dương|221 321 Hưng Yên|222 241 Bắc Ninh|"
        "225 31 Hải Phòng|226 351 Hà Nam|227 36 Thái Bình|228 350 Nam Định|229 30 Ninh Bình|290 780 Cà Mau|"
        "291 781 Bạc Liêu|292 710 Cần Thơ|293 711 Hậu Giang|294 74 Trà Vinh|296 76 An Giang|"
        "297 77 Kiên Giang|299 79 Sóc Trăng"
    ),
    _JUNE: (
        "24 4 Hà Nội|28 8 TP.HCM|251 61 Đồng Nai|252 62 Bình Thuận|254 64 Bà Rịa-Vũng Tàu|255 55 Quảng Ngãi|"
        "256 56 Bình Định|257 57 Phú Yên|258 58 Khánh Hòa|259 68 Ninh Thuận|260 60 Kon Tum|261 501 Đắk Nông|"
        "262 500 Đắk Lắk|263 63 Lâm Đồng|269 59 Gia Lai|270 70 Vĩnh Long|271 651 Bình Phước|272 72 Long An|"
        "273 73 Tiền Giang|274 650 Bình Dương|275 75 Bến Tre|276 66 Tây Ninh|277 67 Đồng Tháp"
    ),
}
_UNCHANGED: Final = (
    Area("210", "", "Phú Thọ", date.min),
    Area("211", "", "Vĩnh Phúc", date.min),
    Area("218", "", "Hòa Bình", date.min),
    Area("219", "", "Hà Giang", date.min),
)

AREAS: Final[tuple[Area, ...]] = _UNCHANGED + tuple(
    Area(code, old, region, changed_on)
    for changed_on, rows in _AREAS_BY_STEP.items()
    for code, old, region in (row.split(" ", 2) for row in rows.split("|"))
)
"""Every landline area. Regions are the provinces as they were before July 2025: area codes did not follow."""

AREA_BY_CODE: Final[dict[str, Area]] = {area.code: area for area in AREAS}
AREA_BY_OLD: Final[dict[str, Area]] = {area.old: area for area in AREAS if area.old}
