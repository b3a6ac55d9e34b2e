"""Finds addresses: a house number with a street, or a ward or hamlet, and what follows them."""

import re
from collections.abc import Iterator
from typing import Final

from kernel.privacy.redaction.views import Span, Views

_HOUSE: Final = r"[0-9]{1,4}[A-Za-z]?(?:/[0-9]{1,4}[A-Za-z]?){0,4}"
_PROPER: Final = r"[A-Z0-9][A-Za-z0-9]{0,9}(?: [A-Z0-9][A-Za-z0-9]{0,9}){0,3}"
_STREET: Final = r"(?:[Dd]uong|[Pp]ho|[Hh]em|[Nn]go|[Nn]gach|[Kk]iet|[Tt]hon|[Aa]p|D\.|DUONG)"
_UNIT: Final = (
    r"(?:[Pp]huong|[Xx]a|[Tt]hi tran|[Tt]hi xa|[Qq]uan|[Hh]uyen|[Tt]inh|[Tt]hanh pho|TP\.?|[QPH]\.|[QP](?=[0-9])|[Kk]hu pho|[Tt]o"
    r"|[Tt]hon|[Aa]p|[Dd]uong|[Pp]ho(?= [A-Z])|[Nn]go|[Hh]em|PHUONG|QUAN)"
)

_NUMBERED = re.compile(rf"{_HOUSE},? (?:{_STREET} {_PROPER}|{_PROPER}(?=,? ?-? ?{_UNIT} ?[A-Z0-9]))")
_LANE = re.compile(rf"(?:so nha|nha so|ngo|ngach|hem|kiet)(?: so)? {_HOUSE}(?![0-9a-z])")
_WARD = re.compile(r"(?:phuong|xa|thi tran|thon|ap) ")
_NAMED = re.compile(_PROPER)
_GIVEN = re.compile(r"dia chi[^0-9.;!?\n]{0,24}(?=[0-9])")
_GIVEN_SHORT = re.compile(r"(?<![a-z0-9])dc ?[ :] ?(?=[0-9])")
_HOUSE_AND_TWO_WORDS = re.compile(rf"{_HOUSE},? [A-Z0-9][A-Za-z0-9]{{0,9}} {_PROPER}")
_SMALL_STREET = re.compile(r"[0-9]{1,4}[a-z]?(?:/[0-9]{1,4}[a-z]?){1,4},?(?: [a-z]{1,7}){1,4}(?=[,.;\n]|$)")
_FLAT = re.compile(
    r"(?:chung cu|toa nha|toa|can ho)(?: [a-z0-9]{1,12}){0,4},?(?: ?,? ?(?:tang|lau|can ho|can|phong|block) ?[a-z]?[0-9][0-9.]{0,5}[a-z]?){1,4}(?![a-z0-9])"
)
_HOUSE_AND_STREET = re.compile(rf"{_HOUSE},? {_PROPER}")
_NEXT = re.compile(rf",? ?-? ?{_UNIT} ?{_PROPER}|, ?[A-Z][A-Za-z]{{0,9}}(?: [A-Z][A-Za-z]{{0,9}}){{0,3}}")

_WARD_SPELLINGS: Final = frozenset({"phường", "xã", "thị trấn", "thôn", "ấp"})
_MAX_PARTS: Final = 6


def find_houses(views: Views) -> Iterator[Span]:
    """Houses by number and street or lane, with the ward, district and province behind them."""
    folded = views.folded
    for match in (*_NUMBERED.finditer(folded), *_LANE.finditer(views.lowered)):
        yield Span(match.start(), _extend(folded, match.end()), "address")
    for given in _GIVEN.finditer(views.lowered):
        house = _HOUSE_AND_STREET.match(folded, given.end())
        if house:
            yield Span(house.start(), _extend(folded, house.end()), "address")
        elif small := _SMALL_STREET.match(views.lowered, given.end()):
            yield Span(small.start(), small.end(), "address")
    yield from _short_and_high(views)


def _short_and_high(views: Views) -> Iterator[Span]:
    """Behind "đc", which is mostly "được": only a house with a street of two words. And flats in tall houses."""
    if "dc" in views.words:
        for given in _GIVEN_SHORT.finditer(views.lowered):
            house = _HOUSE_AND_TWO_WORDS.match(views.folded, given.end())
            if house:
                yield Span(house.start(), _extend(views.folded, house.end()), "address")
    if "chung" in views.words or "toa" in views.words:
        for flat in _FLAT.finditer(views.lowered):
            yield Span(flat.start(), _extend(views.folded, flat.end()), "address")


def find_wards(views: Views) -> Iterator[Span]:
    """Wards, communes and hamlets by name; a bare district or province is no address.

    Phương is a name and xa means far: without the accents a ward needs its number.
    """
    for unit in _WARD.finditer(views.lowered):
        name = _NAMED.match(views.folded, unit.end())
        if name is None or (unit.start() and views.lowered[unit.start() - 1].isalnum()):
            continue
        written = views.text[unit.start() : unit.end() - 1].lower()
        if written in _WARD_SPELLINGS or (written.isascii() and name[0][0].isdigit()):
            yield Span(unit.start(), _extend(views.folded, name.end()), "address")


def _extend(folded: str, end: int) -> int:
    for _ in range(_MAX_PARTS):
        match = _NEXT.match(folded, end)
        if match is None:
            break
        end = match.end()
    return end
