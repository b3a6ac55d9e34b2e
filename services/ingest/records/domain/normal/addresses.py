"""Addresses: what was written, and where that is since July 2025 (34 provinces, no districts).

Which commune became which is data of the package vietnamadminunits (MIT). Only its JSON files are read, once, when
the first address of today is asked for (about 0.5 s and 20 MB: call `load` in a thread); the package itself is never imported, since its converter asks
a geocoder on the network.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any, Final, NamedTuple

from kernel.privacy.names import strip_accents
from kernel.privacy.provinces import PROVINCES, find_province

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")
_UNITS: Final = {"p": "phuong", "x": "xa", "tt": "thitran"}
_SHORT_WARD = re.compile(r"^(tt|p|x)(?:\. ?(?=\w)| ?(?=[0-9]))", re.IGNORECASE)
_SHORT_DISTRICT = re.compile(r"^(?:q|h|tx|tp)\. ?(?=\w)", re.IGNORECASE)
_WARD = re.compile(r"^(?P<unit>phuong|thitran|xa|dackhu)")
_DISTRICT = re.compile(r"^(?:quan|huyen|thixa|thanhpho|tp|tx|q(?=[0-9]))")
_ZEROS = re.compile(r"^0+(?=[0-9])")
_WARD_PART = re.compile(
    r"^(?:p|x|tt|đk)\.? ?(?=\S)|^(?:phường|xã|thị trấn|đặc khu|phuong|xa|thi tran) ", re.IGNORECASE
)
_DISTRICT_PART = re.compile(
    r"^(?:q|h|tx)\. ?(?=\S)|^q ?(?=[0-9])|^(?:quận|huyện|thị xã|quan|huyen|thi xa) |^(?:tp\.?|thành phố) ",
    re.IGNORECASE,
)


class Parts(NamedTuple):
    """An address in its parts, as they were written."""

    line: str | None = None
    ward: str | None = None
    district: str | None = None
    province: str | None = None


class Current(NamedTuple):
    """Where an address is today. `ward` is None where it cannot be told; `certain`: it is not one of several."""

    ward: str | None
    province: str
    certain: bool = True


def parts_of(text: str) -> Parts:
    """The parts of an address in one line, from the province backwards; what is no unit is the line."""
    steps = [" ".join(step.split()) for step in text.split(",") if step.strip()]
    if len(steps) < 2 or find_province(steps[-1]) is None:
        return Parts(line=text.strip())
    province, ward, district = steps.pop(), None, None
    if len(steps) > 1 and (
        _DISTRICT_PART.match(steps[-1]) or (len(steps) > 2 and not _WARD_PART.match(steps[-1]))
    ):
        district = steps.pop()
    if len(steps) > 1 or (steps and _WARD_PART.match(steps[-1])):
        ward = steps.pop()
    return Parts(", ".join(steps) or None, ward, district, province)


def current_of(parts: Parts) -> Current | None:
    """Where an address of before or after July 2025 is today; None where its province is not known."""
    province = find_province(parts.province) if parts.province else None
    if province is None:
        return None
    if not parts.ward:
        return Current(None, province.now)
    units = _units()
    for key in _keys(province.code, province.now, parts):
        found = units.get(key)
        if found:
            return Current(found[0], province.now, certain=len(found) == 1)
    return Current(None, province.now)


def load() -> None:
    """Read the data now, if it was not."""
    _units()


def _keys(code: str, now: str, parts: Parts) -> Iterator[str]:
    """Where to look, the surest first: with its district it is an old one, without it rather one of today."""
    district = _district(parts.district) if parts.district else ""
    wards = _wards(parts.ward or "")
    before = [f"{code}|{district}|{ward}" for ward in wards]
    today = [f"{now}|{ward}" for ward in wards]
    yield from (*before, *today) if district else (*today, *before)


def _plain(text: str) -> str:
    return _NOT_LETTERS.sub("", strip_accents(text).lower())


def _district(text: str) -> str:
    plain = _plain(_SHORT_DISTRICT.sub("", text))
    return _ZEROS.sub("", _DISTRICT.sub("", plain)) or plain


def _wards(text: str) -> list[str]:
    """A commune with its unit, and without it: many people leave it out."""
    short = _SHORT_WARD.match(text)
    plain = _plain(_UNITS[short[1].lower()] + text[short.end() :] if short else text)
    match = _WARD.match(plain)
    bare = _ZEROS.sub("", plain[match.end() :]) if match else ""
    return [match["unit"] + bare, bare] if match and bare else [plain]


@cache
def _units() -> Mapping[str, tuple[str, ...]]:
    """Key (see `_keys`) to the names of today's communes, the likeliest first; several where one was divided."""
    found: dict[str, set[tuple[str, ...]]] = {}
    names = dict(_names_today())
    for key, today in _became():
        told = tuple(names[one] for one in today if one in names)
        code, district, ward = key
        for where, written in product((district, ""), _wards(ward)):
            if told:
                found.setdefault(f"{code}|{where}|{written}", set()).add(told)
    for (province, _), name in names.items():
        for written in _wards(name):
            found.setdefault(f"{_now_by_key()[province]}|{written}", set()).add((name,))
    return {key: next(iter(told)) for key, told in found.items() if len(told) == 1}


_Key = tuple[str, str]
"""Today's province and commune, in the package's writing."""


def _names_today() -> Iterator[tuple[_Key, str]]:
    wards = _data("parser_from_2025.json")
    for table in ("DICT_PROVINCE_WARD_NO_ACCENTED", "DICT_PROVINCE_WARD_ACCENTED"):
        for province, communes in wards[table].items():
            for key, one in communes.items():
                yield (province, key), one["ward"]


def _became() -> Iterator[tuple[tuple[str, str, str], list[_Key]]]:
    """(code of the old province, its district, its commune) and today's communes, the likeliest first."""
    data = _data("converter_2025.json")
    old = dict(_old_names())
    for province, communes in data["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, keys in communes.items():
            for key in keys:
                if key in old:
                    yield old[key], [(province, commune)]
    for province, divided in data["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, parts in divided.items():
            if key in old:
                likeliest = sorted(parts, key=lambda part: not part["isDefaultNewWard"])
                yield old[key], [(province, part["newWardKey"]) for part in likeliest]


def _old_names() -> Iterator[tuple[str, tuple[str, str, str]]]:
    legacy = _data("parser_legacy.json")
    districts = legacy["DICT_PROVINCE_DISTRICT"]
    for table in ("DICT_PROVINCE_DISTRICT_WARD_NO_ACCENTED", "DICT_PROVINCE_DISTRICT_WARD_ACCENTED"):
        for province, inside in legacy[table].items():
            code = legacy["DICT_PROVINCE"][province]["provinceCode"]
            for district, communes in inside.items():
                where = _district(districts[province][district]["district"])
                for key, one in communes.items():
                    if isinstance(one["ward"], str):  # an island district has no communes
                        yield f"{province}_{district}_{key}", (code, where, one["ward"])


@cache
def _now_by_key() -> Mapping[str, str]:
    """Today's provinces by the package's keys."""
    old = _data("parser_legacy.json")["DICT_PROVINCE"]
    merged = _data("converter_2025.json")["DICT_PROVINCE"]
    return {key: PROVINCES[old[before[0]]["provinceCode"]].now for key, before in merged.items()}


_PACKAGE: Final = "vietnamadminunits"


def _data(name: str) -> Any:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(_PACKAGE)
    return json.loads((Path(spec.submodule_search_locations[0]) / "data" / name).read_bytes())  # it holds NaN
