"""From a person's fields to the columns that are compared. Pure rules."""

import re
from collections.abc import Mapping
from typing import Final

from kernel.privacy.names import strip_accents
from services.ingest.matching.model import COLUMNS

ROW: Final = ("row", "subject", *COLUMNS)
DEFAULT_THRESHOLD: Final = 0.5
ENOUGH_JUDGED: Final = 30
"""From so many settled suggestions of both kinds on they set the threshold."""

_UNIT = re.compile(
    r"^(?:phuong|p|xa|x|thi tran|tt|thi xa|tx|quan|q|huyen|h|thanh pho|tp|tinh|dac khu) (?=\S)"
).sub
_WORDS = re.compile(r"[a-z0-9]+").findall
_DATES = (
    re.compile(r"(?P<y>\d{4})[-/.]?(?P<m>\d{2})[-/.]?(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{1,2})[-/.](?P<m>\d{1,2})[-/.](?P<y>\d{4})"),
)
_DOCUMENTS = ("national_id", "passport", "driver_licence", "birth_certificate", "tax_code")


def columns_of(row: str, subject: str, fields: Mapping[str, str]) -> list[str | None]:
    """The values of `ROW`: names, addresses without accents and case; None for what is not known."""
    given, family, middle = _names(fields)
    address = fields.get("address.line") or ("" if "address.province" in fields else fields.get("address"))
    told = {
        "row": row,
        "subject": subject,
        "given": given,
        "family": family,
        "middle": middle,
        "born": _born(fields.get("date_of_birth", "")),
        "email": fields.get("email"),
        "phone": fields.get("phone"),
        "document": next((f"{kind}:{fields[kind]}" for kind in _DOCUMENTS if kind in fields), None),
        "line": _plain(address),
        "ward": _bare(fields.get("address.ward")),
        "province": _bare(fields.get("address.province")),
    }
    return [told[name] for name in ROW]


def _names(fields: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """Given, family and middle names: a full name is read in the Vietnamese order, family name first."""
    given, family = _plain(fields.get("first_name")), _plain(fields.get("last_name"))
    if given or family:
        return given, family, None
    words = (_plain(fields.get("full_name")) or "").split()
    if len(words) < 2:
        return (words[0] if words else None), None, None
    return words[-1], words[0], " ".join(words[1:-1]) or None


def _plain(text: str | None) -> str | None:
    return " ".join(_WORDS(strip_accents(text).lower())) or None if text else None


def _bare(text: str | None) -> str | None:
    """A unit's own name: what kind of unit it is says nothing, and makes strangers look alike."""
    plain = _plain(text)
    return _UNIT("", plain, 1) if plain else None


def _born(text: str) -> str | None:
    for form in _DATES:
        if match := form.fullmatch(text.strip()):
            return f"{match['y']}-{int(match['m']):02d}-{int(match['d']):02d}"
    return None


def threshold_of(judged: list[tuple[bool, float]]) -> tuple[float, str]:
    """The probability from which pairs are suggested, and where it comes from: what was settled, else the default.

    Of the thresholds at hand the one under which accepted and rejected pairs are told apart best (F1).
    """
    same = sum(verdict for verdict, _ in judged)
    if same < ENOUGH_JUDGED or len(judged) - same < ENOUGH_JUDGED:
        return DEFAULT_THRESHOLD, "default"
    best = max(sorted({told for _, told in judged}), key=lambda least: _f1(judged, least))
    return min(best, 0.99), f"{len(judged)} settled suggestions"


def _f1(judged: list[tuple[bool, float]], least: float) -> float:
    right = sum(verdict for verdict, told in judged if told >= least)
    suggested, same = sum(told >= least for _, told in judged), sum(verdict for verdict, _ in judged)
    return 2 * right / (suggested + same)


WORDS: Final = {
    "same": "The same on both sides.",
    "similar": "Nearly the same: a slip of the pen apart.",
    "partial": "Partly the same.",
    "different": "Different.",
    "unknown": "Not known on both sides.",
}
"""What a degree of agreement means, in words."""
