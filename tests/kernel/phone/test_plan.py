"""The tables are those of the two migrations, complete and free of contradictions."""

from datetime import date

import pytest

from kernel.phone import inspect, normalise, plan

OLD_MOBILE = {
    "0162 0163 0164 0165 0166 0167 0168 0169": "032 033 034 035 036 037 038 039",
    "0120 0121 0122 0126 0128": "070 079 077 076 078",
    "0123 0124 0125 0127 0129": "083 084 085 081 082",
    "0186 0188 0199": "056 058 059",
}
MOBILE_ROWS = [pair for old, new in OLD_MOBILE.items() for pair in zip(old.split(), new.split(), strict=True)]

PHASES = {
    date(
        2017, 2, 11
    ): "22→212 231→213 20→214 230→215 29→216 52→232 53→233 54→234 510→235 511→236 37→237 38→238 39→239",
    date(2017, 4, 15): (
        "33→203 240→204 25→205 26→206 27→207 280→208 281→209 320→220 321→221 241→222 31→225 351→226 36→227 350→228 "
        "30→229 780→290 781→291 710→292 711→293 74→294 76→296 77→297 79→299"
    ),
    date(2017, 6, 17): (
        "4→24 8→28 61→251 62→252 64→254 55→255 56→256 57→257 58→258 68→259 60→260 501→261 500→262 63→263 59→269 "
        "70→270 651→271 72→272 73→273 650→274 75→275 66→276 67→277"
    ),
}
LANDLINE_ROWS = [(on, *row.split("→")) for on, rows in PHASES.items() for row in rows.split()]

CARRIERS = {
    "Viettel": "032 033 034 035 036 037 038 039 086 096 097 098",
    "MobiFone": "070 076 077 078 079 089 090 093",
    "VinaPhone": "081 082 083 084 085 088 091 094",
    "Vietnamobile": "052 056 058 092",
    "Gmobile": "059 099",
    "Wintel": "055",
    "iTel": "087",
}


@pytest.mark.parametrize(("old", "new"), MOBILE_ROWS)
def test_an_eleven_digit_mobile_is_valid_as_what_it_became(old: str, new: str) -> None:
    report = inspect(f"{old} 234 5678")
    assert report.valid
    assert report.e164 == f"+84{new[1:]}2345678"
    assert report.type == "mobile"
    assert report.migrated_from == f"{old}2345678"
    assert report.original_carrier == plan.CARRIERS[new[1:]]
    assert normalise(f"+84{old[1:]}2345678") == report.e164


def test_every_migrated_mobile_prefix_is_covered() -> None:
    assert {old[1:]: new[1:] for old, new in MOBILE_ROWS} == plan.OLD_MOBILE


def test_vsat_moved_inside_ten_digits() -> None:
    report = inspect("0992 123 456")
    assert (report.e164, report.migrated_from) == ("+84672123456", "0992123456")
    assert normalise("0672123456") == "+84672123456"


@pytest.mark.parametrize(("changed_on", "old", "new"), LANDLINE_ROWS)
def test_an_old_landline_is_read_by_its_capture_date(changed_on: date, old: str, new: str) -> None:
    local = "38251234" if old in ("4", "8") else "3825123"
    report = inspect(f"0{old}{local}", captured_on=changed_on)
    assert report.e164 == f"+84{new}{local}"
    assert report.type == "landline"
    assert report.region == plan.AREA_BY_CODE[new].region
    assert report.migrated_from == f"0{old}{local}"
    assert plan.AREA_BY_OLD[old].changed_on == changed_on


def test_every_area_is_covered() -> None:
    unchanged = {"210", "211", "218", "219"}
    assert {area.code for area in plan.AREAS} == unchanged | {new for _, _, new in LANDLINE_ROWS}
    assert len({area.region for area in plan.AREAS}) == len(plan.AREAS) == 63


@pytest.mark.parametrize("area", plan.AREAS, ids=lambda area: area.code)
def test_a_landline_of_today_names_its_province(area: plan.Area) -> None:
    local = "38251234" if len(area.code) == 2 else "3825123"
    report = inspect(f"0{area.code}{local}")
    assert (report.type, report.region, report.e164) == ("landline", area.region, f"+84{area.code}{local}")
    assert report.migrated_from is None


@pytest.mark.parametrize(("carrier", "prefixes"), CARRIERS.items())
def test_a_prefix_names_its_original_carrier(carrier: str, prefixes: str) -> None:
    for prefix in prefixes.split():
        report = inspect(f"{prefix}6345678")
        assert (report.original_carrier, report.type) == (carrier, "mobile")
        assert report.e164 == f"+84{prefix[1:]}6345678"


def test_every_carrier_prefix_is_covered() -> None:
    rows = {prefix[1:]: carrier for carrier, prefixes in CARRIERS.items() for prefix in prefixes.split()}
    assert rows == plan.CARRIERS
