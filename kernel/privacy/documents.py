"""Validators of Vietnamese document numbers and of payment cards, on plain digits."""

import re
from typing import Final, NamedTuple

from kernel.privacy.provinces import PROVINCES

_TAX_WEIGHTS: Final = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_PASSPORT = re.compile(r"[A-Z][0-9]{7,8}").fullmatch
_CARD_NETWORKS: Final = re.compile(r"9704|4|5[1-5]|2[2-7]|3[4-7]|35|6[0258]|81").match
DOMESTIC_BIN: Final = "9704"
_LICENCE_OFFICES: Final = frozenset(PROVINCES)
"""A driver's licence starts with the code of the province that issued it."""


def is_citizen_id(digits: str) -> bool:
    """Whether twelve digits have the structure of a CCCD: a province 001-096, then century and gender 0-3.

    A score rather than a gate: numbers of before a reform, or of foreigners, may differ.
    """
    return len(digits) == 12 and "001" <= digits[:3] <= "096" and digits[3] in "0123"


class CitizenId(NamedTuple):
    """What the digits of a CCCD say of its holder: province of birth's registration, gender and year."""

    province: str
    gender: str
    birth_year: int


def read_citizen_id(digits: str) -> CitizenId | None:
    """What a CCCD says, None where its structure is none: an unknown province, or a century beyond 2000 to 2099.

    Digit 4 is century and gender (0 male, 1 female of the 1900s; 2, 3 of the 2000s), 5 and 6 the year of birth.
    """
    if len(digits) != 12 or not digits.isdigit() or digits[0] != "0" or digits[3] not in "0123":
        return None
    province = PROVINCES.get(digits[1:3])
    if province is None:
        return None
    century, gender = divmod(int(digits[3]), 2)
    return CitizenId(province.name, ("male", "female")[gender], 1900 + 100 * century + int(digits[4:6]))


def structure_score(kind: str, value: str) -> float:
    """How much a canonical document number is built like one, 0 to 1: a score, never a gate.

    1: a check digit fits, or every part of a CCCD means something; 0.7 and 0.5: the length and alphabet of one, which
    many numbers have; 0.2: of another country, or of before a reform. 0 for what is none.
    """
    if kind == "national_id":
        return 0.5 if len(value) == 9 else 1.0 if read_citizen_id(value) else 0.2
    if kind == "tax_code":
        return 1.0 if is_tax_code(value[:10]) else 0.7 if read_citizen_id(value) else 0.2
    if kind == "payment_card":
        return 1.0 if is_payment_card(value) else 0.0
    if kind == "passport":
        return 0.7 if is_passport(value) else 0.2
    if kind == "driver_licence":
        return 0.7 if len(value) == 12 and value[:2] in _LICENCE_OFFICES else 0.2
    return 0.5


def is_tax_code(digits: str) -> bool:
    """Whether the check digit of a ten-digit tax code fits: 10 - (weighted sum mod 11)."""
    if len(digits) != 10 or not digits.isdigit():
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_TAX_WEIGHTS, digits, strict=False))
    return 10 - total % 11 == int(digits[9])


def is_luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1)."""
    odd = sum(int(digit) for digit in digits[-1::-2])
    even = sum(_DOUBLED[int(digit)] for digit in digits[-2::-2])
    return (odd + even) % 10 == 0


def is_payment_card(digits: str) -> bool:
    """Whether digits are a card number: a known network's start, its length, and Luhn.

    Domestic cards start with 9704 and have 16 or 19 digits; international ones have 13 to 19.
    """
    if not 13 <= len(digits) <= 19 or not _CARD_NETWORKS(digits) or len(set(digits)) == 1:
        return False
    if digits.startswith(DOMESTIC_BIN) and len(digits) not in (16, 19):
        return False
    return is_luhn(digits)


def is_passport(text: str) -> bool:
    """Whether the text is a Vietnamese passport number: a capital letter and seven or eight digits."""
    return _PASSPORT(text) is not None
