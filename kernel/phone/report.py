"""Everything that can be said about a written number, for people and for data quality."""

import re
from datetime import date
from typing import Final, Literal

import msgspec

from kernel.phone.cleanup import MAX_WRITTEN, digits_of, national_part
from kernel.phone.numbers import read
from kernel.phone.readings import PLACEHOLDERS, Reading

PhoneType = Literal["mobile", "landline", "toll_free", "premium", "short_code", "unknown"]


class Issue(msgspec.Struct, frozen=True):
    """A remark on a number; `code` is stable, `detail` is English."""

    code: str
    detail: str


class Interpretation(msgspec.Struct, frozen=True, rename={"as_": "as"}):
    """One meaning. `as_` is mobile, landline, old-mobile, old-landline, service or international; the
    `prior`s of a number add up to 1."""

    e164: str
    as_: str
    prior: float


class PhoneReport(msgspec.Struct, frozen=True):
    """What `inspect` found; `valid`, `e164` and what follows describe the likeliest interpretation.

    `region` is a province for Vietnamese landlines, an ISO country code for other countries, else None.
    `original_carrier` is the one the prefix was given to; numbers are portable. `migrated_from` is the old
    national form, digits only with its leading zero.
    """

    input: str
    valid: bool
    e164: str | None
    type: PhoneType
    original_carrier: str | None
    region: str | None
    migrated_from: str | None
    interpretations: tuple[Interpretation, ...]
    issues: tuple[Issue, ...]


_DETAILS: Final = {
    "empty": "Nothing was written.",
    "masked": "The number is masked: part of it is missing.",
    "letters": "The number contains letters; a letter O is not a zero.",
    "scientific-notation": "A spreadsheet turned the number into scientific notation; digits are lost.",
    "unexpected-characters": "The number contains characters that belong to no phone number.",
    "placeholder": "The number is a placeholder that nobody holds.",
    "too-short": "The number has too few digits.",
    "too-long": "The number has too many digits.",
    "unknown-prefix": "No carrier or area has this prefix.",
    "invalid-international": "No country has such a number.",
    "short-code": "A short code reaches a service, not a person, and only from inside Vietnam.",
    "service-number": "A toll-free, premium or internal number reaches a service, not a person.",
    "migrated-mobile": "An 11-digit mobile number of before 2018; shown as what it became.",
    "migrated-landline": "A landline with its area code of before 2017; shown as what it became.",
    "ambiguous": "The number has several meanings; the capture date decides between them.",
    "unassigned-prefix": "The prefix lies in a mobile range but no carrier holds it.",
    "leading-zero-lost": "The leading zero is missing, as spreadsheets do; it was restored.",
    "full-width-digits": "The number was written in full-width digits.",
}
_CLEAR: Final = 0.95  # below this prior a steward should look
_SHORT_CODE = re.compile(r"11[0-9]|1[0-9]{3,4}|[4-9][0-9]{3}").fullmatch
_MASKED = re.compile(r"[*•●∙·#]{2}|[xX]{3}").search
_SCIENTIFIC = re.compile(r"\s*[0-9][.,][0-9]+E\+?[0-9]+\s*", re.IGNORECASE).fullmatch


def inspect(raw: str, *, captured_on: date | None = None) -> PhoneReport:
    """Every meaning of `raw`, the likeliest one in full, and what is wrong with it.

    Never raises for any text. `valid` means that the likeliest meaning is a number of the plan; a short code
    is not, as in libphonenumber.
    """
    digits = digits_of(raw)
    if digits is None:
        return _nothing(raw, _why_unreadable(raw))
    found = read(digits, captured_on) if len(digits) <= MAX_WRITTEN else []
    if not found:
        if _SHORT_CODE(digits):
            return _nothing(raw, "short-code", "short_code")
        return _nothing(raw, _why_unknown(digits))
    best = found[0]
    return PhoneReport(
        input=raw,
        valid=True,
        e164=best.e164,
        type=best.type,  # type: ignore[arg-type]  # readings only hold the six types
        original_carrier=best.carrier,
        region=best.region,
        migrated_from=best.migrated_from,
        interpretations=_interpretations(found),
        issues=tuple(Issue(code, _DETAILS[code]) for code in _remarks(raw, digits, found)),
    )


def _nothing(raw: str, code: str, type_: PhoneType = "unknown") -> PhoneReport:
    return PhoneReport(raw, False, None, type_, None, None, None, (), (Issue(code, _DETAILS[code]),))


def _interpretations(found: list[Reading]) -> tuple[Interpretation, ...]:
    if len(found) == 1:
        return (Interpretation(found[0].e164, found[0].meaning, 1.0),)
    total = sum(reading.weight for reading in found)
    return tuple(Interpretation(r.e164, r.meaning, round(r.weight / total, 4)) for r in found)


def _why_unreadable(raw: str) -> str:
    if not raw.strip():
        return "empty"
    if _MASKED(raw):
        return "masked"
    if _SCIENTIFIC(raw):
        return "scientific-notation"
    if any(character.isalpha() for character in raw):
        return "letters"
    return "too-long" if len(raw) > MAX_WRITTEN else "unexpected-characters"


def _why_unknown(digits: str) -> str:
    number = national_part(digits)
    if not digits.strip("+0") or number in PLACEHOLDERS:
        return "placeholder"
    if number is None:
        return "invalid-international"
    if len(number) < 9:
        return "too-short"
    return "too-long" if len(number) > 10 else "unknown-prefix"


def _remarks(raw: str, digits: str, found: list[Reading]) -> list[str]:
    best = found[0]
    if len(found) == 1 and best.meaning == "mobile" and best.carrier and digits[0] in "+0" and raw.isascii():
        return []  # most numbers: nothing is to be said
    checks = {
        "migrated-mobile": best.meaning == "old-mobile",
        "migrated-landline": best.meaning == "old-landline",
        "ambiguous": best.weight < _CLEAR * sum(reading.weight for reading in found),
        "unassigned-prefix": best.meaning == "mobile" and best.carrier is None,
        "service-number": best.meaning == "service",
        "leading-zero-lost": digits[0] not in "+0"
        and best.meaning not in ("service", "international")
        and national_part(digits) == digits,
        "full-width-digits": not raw.isascii()
        and any("\uff10" <= character <= "\uff19" for character in raw),
    }
    return [code for code, applies in checks.items() if applies]
