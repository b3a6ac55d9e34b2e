"""Every meaning that a written number can have, weighed by the day on which it was captured.

Landline codes changed in 2017 and mobile numbers in 2018, and what was a landline of Thái Bình (036) is now a
mobile prefix. Only the capture date tells them apart.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

from kernel.phone import plan

_SAME: Final = frozenset(digit * length for digit in "0123456789" for length in range(6, 12))
_PREFIX_AND_ZEROS: Final = frozenset(prefix + "0000000" for prefix in (*plan.CARRIERS, *plan.UNASSIGNED))
PLACEHOLDERS: Final = _SAME | _PREFIX_AND_ZEROS | {"123456789", "1234567890"}
"""National numbers that people type to get past a form."""

_PARALLEL_DAYS: Final = 30
_STALE: Final = 0.25  # a number still given just after it stopped working; halves every year
_STALE_FLOOR: Final = 0.02
_STALE_UNDATED: Final = 0.05  # without a capture date the record may be of any age
_TOO_EARLY: Final = 0.01  # captured before the prefix existed: only a wrong date explains it
_UNASSIGNED: Final = 0.01


class Reading(NamedTuple):
    """One meaning: `weight` is relative to the other readings of the same number, not yet a probability."""

    e164: str
    meaning: str
    type: str
    carrier: str | None
    region: str | None
    migrated_from: str | None
    weight: float


def readings(number: str, captured_on: date | None) -> list[Reading]:
    """The meanings of a national number (no leading zero), likeliest first; empty if the plan has none."""
    if number in PLACEHOLDERS:
        return []
    found = list(_all_readings(number, captured_on))
    found.sort(key=lambda reading: -reading.weight)
    return found


def _all_readings(number: str, captured_on: date | None) -> Iterator[Reading]:
    if len(number) == 9:
        yield from _mobile(number, captured_on)
        yield from _satellite(number)
        yield from _old_landline(number, captured_on)
    elif len(number) == 10:
        yield from _old_mobile(number)
        yield from _landline(number)
        yield from _old_landline(number, captured_on)
    if number[:2] in ("18", "19", "69") and 7 <= len(number) <= 10:
        yield from _service(number)


def _mobile(number: str, captured_on: date | None) -> Iterator[Reading]:
    prefix = number[:2]
    if number.startswith("992"):
        return
    carrier = plan.CARRIERS.get(prefix)
    if carrier is None and prefix not in plan.UNASSIGNED:
        return
    weight = 1.0 if carrier else _UNASSIGNED
    opened = plan.OPENED.get(prefix)
    if opened and captured_on and captured_on < opened:
        weight *= _TOO_EARLY
    yield Reading("+84" + number, "mobile", "mobile", carrier, None, None, weight)


def _old_mobile(number: str) -> Iterator[Reading]:
    prefix = plan.OLD_MOBILE.get(number[:3])
    if prefix:
        today = f"+84{prefix}{number[3:]}"
        yield Reading(today, "old-mobile", "mobile", plan.CARRIERS[prefix], None, "0" + number, 1.0)


def _satellite(number: str) -> Iterator[Reading]:
    """VSAT's 0992 became 0672 in 2018."""
    if number.startswith("992"):
        yield Reading("+84672" + number[3:], "old-mobile", "mobile", plan.VSAT, None, "0" + number, 1.0)
    elif number.startswith("672"):
        yield Reading("+84" + number, "mobile", "mobile", plan.VSAT, None, None, 1.0)


def _landline(number: str) -> Iterator[Reading]:
    area = plan.AREA_BY_CODE.get(number[:3]) or plan.AREA_BY_CODE.get(number[:2])
    if area and _local_part_fits(area, number):
        yield Reading("+84" + number, "landline", "landline", None, area.region, None, 1.0)


def _old_landline(number: str, captured_on: date | None) -> Iterator[Reading]:
    width = 3 if len(number) == 10 else 2
    for old in (number[:width], number[:1] if width == 2 else ""):
        area = plan.AREA_BY_OLD.get(old)
        if area is None:
            continue
        today = area.code + number[len(old) :]
        if len(today) == 10 and _local_part_fits(area, today):
            weight = _stale(area.changed_on, captured_on)
            yield Reading("+84" + today, "old-landline", "landline", None, area.region, "0" + number, weight)


def _local_part_fits(area: plan.Area, number: str) -> bool:
    """The two cities have eight local digits, the first from 2 to 8 (9 in the south); elsewhere any seven."""
    if area.code == "24":
        return number[2] in "2345678"
    return area.code != "28" or number[2] in "23456789"


def _stale(changed_on: date, captured_on: date | None) -> float:
    if captured_on is None:
        return _STALE_UNDATED
    days = (captured_on - changed_on).days - _PARALLEL_DAYS
    if days <= 0:
        return 1.0
    return max(_STALE_FLOOR, float(_STALE * 0.5 ** (days / 365)))


def _service(number: str) -> Iterator[Reading]:
    if number.startswith("1800") and len(number) >= 8:
        yield Reading("+84" + number, "service", "toll_free", None, None, None, 1.0)
    elif number.startswith("1900") and len(number) >= 8:
        yield Reading("+84" + number, "service", "premium", None, None, None, 1.0)
    elif number.startswith("69") and len(number) in (7, 8):  # the armed forces' and the police's own network
        yield Reading("+84" + number, "service", "unknown", None, None, None, 1.0)
