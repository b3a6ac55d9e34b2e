"""Finds phone, identity, tax, card and account numbers: runs of digits, judged by validators and context."""

import re
from collections.abc import Iterator
from typing import Final

from kernel.phone import normalise
from kernel.privacy import documents
from kernel.privacy.redaction.views import Span, Views

RUN = re.compile(r"[0-9](?:[ .\-()_*,/]{0,3}[0-9]){7,}")
"""Eight digits or more with at most three separators between them; linear, since the classes are disjoint."""
_GROUP = re.compile(r"[0-9]+")
_DATE = re.compile(r"[0-3]?[0-9]([-./])[01]?[0-9]\1(?:19|20)[0-9]{2}(?![0-9])")
_PASSPORT = re.compile(r"[A-Za-z][0-9]{7,8}(?![0-9])")

_MAX_GROUPS: Final = 10
_MAX_DIGITS: Final = 19
_MAX_PHONE: Final = 14
_CITIZEN_ID: Final = 12
_LOOK_BACK: Final = 28

_CONTEXT: Final = {
    "national_id": ("cccd", "cmnd", "cmt", "can cuoc", "chung minh", "dinh danh"),
    "tax_code": ("mst", "ma so thue", "tax"),
    "driver_licence": ("gplx", "bang lai", "giay phep lai"),
    "bank_account": ("stk", "so tk", "tai khoan", "chuyen khoan", "ck"),
    "phone": (
        "sdt",
        "dien thoai",
        "dt",
        "phone",
        "tel",
        "zalo",
        "lien he",
        "lh",
        "goi",
        "alo",
        "mobile",
        "call",
    ),
}
_CONTEXT_LENGTHS: Final = {
    "national_id": (9, 12),
    "tax_code": (10, 12, 13),
    "driver_licence": (12,),
    "bank_account": tuple(range(8, 20)),
}
_SERVICES: Final = ("+841800", "+841900", "+8469")


def find_numbers(views: Views) -> Iterator[Span]:
    """Numbers that point at a person, in any writing, even several in a row."""
    folded = views.folded
    for run in RUN.finditer(folded):
        context = _context(views.lowered, run.start())
        plus = run.start() > 0 and folded[run.start() - 1] == "+"
        yield from _in_run(folded, run.start(), run.end(), context, plus)


def find_passports(views: Views) -> Iterator[Span]:
    """Passport numbers, only where the text speaks of passports."""
    for match in _PASSPORT.finditer(views.folded):
        before = views.lowered[max(0, match.start() - 40) : match.start()]
        if ("passport" in before or "ho chieu" in before) and not before[-1:].isalnum():
            yield Span(match.start(), match.end(), "passport")


def _context(lowered: str, start: int) -> str | None:
    """The kind whose word stands nearest before the number."""
    before = lowered[max(0, start - _LOOK_BACK) : start]
    nearest, kind = -1, None
    for candidate, words in _CONTEXT.items():
        for word in words:
            if word in before and (place := before.rfind(word)) > nearest:
                nearest, kind = place, candidate
    return kind


def _in_run(folded: str, start: int, end: int, context: str | None, plus: bool) -> Iterator[Span]:
    """The shortest sequences of groups that are a number, from left to right."""
    groups = [(group[0], group.start(), group.end()) for group in _GROUP.finditer(folded, start, end)]
    position = 0
    while position < len(groups):
        if _DATE.match(folded, groups[position][1]):
            position += 3
            continue
        taken, kind = _shortest(groups, position, context, plus=plus and position == 0)
        if taken:
            first = groups[position][1] - (plus and position == 0)
            yield Span(first, groups[position + taken - 1][2], kind)
        position += taken or 1


def _shortest(
    groups: list[tuple[str, int, int]], position: int, context: str | None, *, plus: bool
) -> tuple[int, str]:
    """How many groups from `position` on are a number and which; a phone goes on while it stays one, since
    "84 0912 345" is already a number of its own, and a citizen id in groups may be three groups of three so far."""
    digits, found, kind = "", 0, ""
    for taken, (group, _, _) in enumerate(groups[position : position + _MAX_GROUPS], start=1):
        digits += group
        if len(digits) > (_MAX_PHONE if found else _MAX_DIGITS):
            break
        if found:
            longer = _is_phone(digits, context, plus=plus) if kind == "phone" else len(digits) == _CITIZEN_ID
            found = taken if longer else found
        elif len(digits) >= 8 and (kind := _kind(digits, context, plus=plus) or ""):
            found = taken
            if kind != "phone" and not (kind == "national_id" and taken > 1):
                break
    return found, kind


def _kind(digits: str, context: str | None, *, plus: bool) -> str | None:
    """What the digits are, None if nothing personal. Context decides first, then structure alone."""
    if context in _CONTEXT_LENGTHS and len(digits) in _CONTEXT_LENGTHS[context]:
        return context
    if _is_phone(digits, context, plus=plus):
        return "phone"
    if documents.is_citizen_id(digits):
        return "national_id"
    if documents.is_payment_card(digits):
        return "payment_card"
    return "tax_code" if len(digits) == 13 and documents.is_tax_code(digits[:10]) else None


def _is_phone(digits: str, context: str | None, *, plus: bool) -> bool:
    if plus and not digits.startswith("84"):
        return (
            10 <= len(digits) <= _MAX_PHONE
        )  # another country's: too costly to validate for each run of digits
    if not 9 <= len(digits) <= _MAX_PHONE or not (
        context == "phone" or digits[0] == "0" or digits.startswith("84")
    ):
        return False
    if digits.startswith("00") and not digits.startswith("0084"):
        return False
    number = normalise(digits)
    return number is not None and not number.startswith(_SERVICES)
