"""Masks for display: enough to recognise one's own value, too little to use anybody's.

Masks of names, emails and addresses have a fixed number of bullets, so that lengths are not told.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final

BULLET: Final = "•"
_WHOLE: Final = BULLET * 3


class Mask(StrEnum):
    """How a field is masked."""

    PHONE = "phone"
    EMAIL = "email"
    NAME = "name"
    ID = "id"
    CARD = "card"
    ADDRESS = "address"
    DATE = "date"
    IP = "ip"
    WHOLE = "whole"


def mask(kind: Mask, value: str) -> str:
    """`value` as it may be shown without being revealed; never the value itself, whatever is put in."""
    text = value.strip()
    masked = _MASKS[kind](text)
    return _WHOLE if masked == text else masked


def _phone(value: str) -> str:
    """The national form: +84912345678 is shown as 09•••••678; other countries keep their code's start."""
    digits = re.sub(r"[^0-9+]", "", value)
    if digits.startswith("+84"):
        digits = "0" + digits[3:]
    return _middle(digits, keep_first=2, keep_last=3)


def _email(value: str) -> str:
    local, at, domain = value.rpartition("@")
    return f"{local[:1]}{_WHOLE}@{domain}" if at and len(local) > 1 else f"{_WHOLE}{at}{domain if at else ''}"


def _name(value: str) -> str:
    return " ".join(word[0] + _WHOLE for word in value.split()) or _WHOLE


def _id(value: str) -> str:
    return _middle(value, keep_first=0, keep_last=3)


def _card(value: str) -> str:
    digits = re.sub(r"[^0-9]", "", value)
    return f"{_WHOLE} {digits[-4:]}" if len(digits) >= 13 else _WHOLE


def _address(value: str) -> str:
    """Only the last part, the province, stays."""
    _, comma, province = value.rpartition(",")
    has_number = any(character.isdigit() for character in province)
    return f"{_WHOLE}, {province.strip()}" if comma and not has_number else _WHOLE


def _date(value: str) -> str:
    """The year stays of an ISO date."""
    return f"{value[:4]}-••-••" if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else _WHOLE


def _ip(value: str) -> str:
    colon = ":" in value
    parts = value.split(":" if colon else ".")
    return (
        (":" if colon else ".").join(parts[:2]) + f"{':' if colon else '.'}{_WHOLE}" if parts[2:] else _WHOLE
    )


def _middle(value: str, *, keep_first: int, keep_last: int) -> str:
    hidden = len(value) - keep_first - keep_last
    if hidden < 4:
        return _WHOLE
    return value[:keep_first] + BULLET * hidden + value[-keep_last:]


_MASKS: Final[dict[Mask, Callable[[str], str]]] = {
    Mask.PHONE: _phone,
    Mask.EMAIL: _email,
    Mask.NAME: _name,
    Mask.ID: _id,
    Mask.CARD: _card,
    Mask.ADDRESS: _address,
    Mask.DATE: _date,
    Mask.IP: _ip,
    Mask.WHOLE: lambda _: _WHOLE,
}
