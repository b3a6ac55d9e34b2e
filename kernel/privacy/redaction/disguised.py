"""Finds what was written so that no program reads it: spoken digits, letters for digits, "a còng" for @; and plates."""

import re
from collections.abc import Iterator
from typing import Final

from kernel.phone import normalise
from kernel.privacy import documents
from kernel.privacy.redaction.views import Span, Views

DIGITS: Final = {
    "khong": "0", "mot": "1", "hai": "2", "ba": "3", "bon": "4", "tu": "4", "nam": "5", "lam": "5", "nham": "5",
    "sau": "6", "bay": "7", "tam": "8", "chin": "9", "o": "0",
}  # fmt: skip
_SPOKEN_WORDS: Final = frozenset(DIGITS) - {"o"}
_TOKEN: Final = rf"(?:{'|'.join(DIGITS)}|[0-9]{{1,6}})(?![0-9a-z])"
_RUN = re.compile(rf"(?<![0-9a-z]){_TOKEN}(?:[ ,.\-]{{1,3}}{_TOKEN}){{2,}}")
_TOKENS = re.compile(r"[0-9]+|[a-z]+")
_LONGEST: Final = 12

LOOKALIKE = re.compile(r"(?<![0-9a-z])[0o][3-9o][0-9oil]{8}(?![0-9a-z])")
"""A mobile number with letters that look like digits in it."""
_LETTERS: Final = str.maketrans("oil", "011")

CODES = re.compile(
    r"(?<![0-9A-Za-z])(?:[1-9][0-9][A-Z][A-Z0-9]?[- ][0-9]{3}\.?[0-9]{2}|[A-Z]{2}[0-9]{13})(?![0-9A-Za-z])"
)
"""Number plates (51F-123.45) and health insurance numbers."""

_AT: Final = frozenset({"at", "cong", "acong"})
_MAIL: Final = frozenset(["gmail", "yahoo", "hotmail", "outlook", "icloud", "com", "vn", "net", "org"])
_PROVIDER: Final = r"(?:gmail|yahoo|hotmail|outlook|icloud)"
_DOT: Final = r" ?[\[({]?(?:cham|dot|\.)[\])}]? ?"
_SPELT_AT = re.compile(
    rf"(?: ?[\[({{<] ?(?:a ?cong|at|@) ?[\])}}>] ?| a ?cong | @ )[a-z0-9-]{{1,40}}(?:{_DOT}[a-z]{{2,12}}){{1,3}}"
    rf"| (?:at|@) ?(?:{_PROVIDER}{_DOT}|[a-z0-9-]{{1,40}} (?:cham|dot) )[a-z]{{2,12}}(?:{_DOT}[a-z]{{2,12}})?"
)
_LOCAL: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._+-")
_HANDLE = re.compile(
    r"(?:insta|instagram|ig|tiktok|zalo|fb|facebook|telegram|tele)[ :]{1,3}(@?[a-z0-9][a-z0-9._]{3,29})"
)


def may_be_disguised(views: Views) -> bool:
    """Whether any finder here has something to look at."""
    return (
        (speaks_digits(views) and _RUN.search(views.lowered) is not None)
        or spells_at(views)
        or (views.has_digits and (has_lookalikes(views) or CODES.search(views.folded) is not None))
    )


def speaks_digits(views: Views) -> bool:
    """Whether two different words for digits occur: one alone is mostly "không" or a quantity."""
    return len(_SPOKEN_WORDS.intersection(views.words)) > 1


def spells_at(views: Views) -> bool:
    """Whether an @ may have been spelt out, or stand alone."""
    words = views.words
    return not _MAIL.isdisjoint(words) and ("@" in views.folded or not _AT.isdisjoint(words))


def has_lookalikes(views: Views) -> bool:
    """Whether a word is as long as a mobile number and begins like one, but is not all digits."""
    return any(len(word) == 10 and word[0] in "o0" and not word.isdigit() for word in views.words)


def find_spoken(views: Views) -> Iterator[Span]:
    """Phones and citizen ids in words, or in words and digits: "không chín một hai 345 678"."""
    for run in _RUN.finditer(views.lowered):
        tokens = [(one[0], one.start(), one.end()) for one in _TOKENS.finditer(views.lowered, *run.span())]
        position = 0
        while position < len(tokens):
            taken, kind = _number_at(tokens, position)
            if taken:
                yield Span(tokens[position][1], tokens[position + taken - 1][2], kind)
            position += taken or 1


def _number_at(tokens: list[tuple[str, int, int]], position: int) -> tuple[int, str]:
    """How many tokens from `position` on are a number and which; the longest, and only where words are in it."""
    digits, spoken, found, kind = "", 0, 0, ""
    for taken, (token, _, _) in enumerate(tokens[position : position + _LONGEST], start=1):
        spoken += token in _SPOKEN_WORDS
        digits += DIGITS.get(token, token)
        if len(digits) > _LONGEST or digits[0] not in "08":
            break
        if spoken > 1 and len(digits) >= 10:
            number = normalise(digits)
            if number is not None and number.startswith("+84"):
                found, kind = taken, "phone"
            elif len(digits) == _LONGEST and documents.is_citizen_id(digits):
                found, kind = taken, "national_id"
    return found, kind


def find_lookalikes(views: Views) -> Iterator[Span]:
    """Mobile numbers with o for 0 and i or l for 1."""
    for match in LOOKALIKE.finditer(views.lowered):
        if sum(map(str.isdigit, match[0])) >= 6 and normalise(match[0].translate(_LETTERS)):
            yield Span(match.start(), match.end(), "phone")


def find_codes(views: Views) -> Iterator[Span]:
    """Number plates and health insurance numbers."""
    for match in CODES.finditer(views.folded):
        yield Span(match.start(), match.end(), "id")


def find_spelt_emails(views: Views) -> Iterator[Span]:
    """ "binh a còng gmail chấm com", "binh [at] example.com", "binh @ gmail . com"; work is bounded for each @."""
    lowered = views.lowered
    for match in _SPELT_AT.finditer(lowered):
        start = match.start()
        while start > max(0, match.start() - 64) and lowered[start - 1] in _LOCAL:
            start -= 1
        if match.start() - start >= 2:
            yield Span(start, match.start() + len(match[0].rstrip()), "email")


def find_handles(views: Views) -> Iterator[Span]:
    """An account's name behind its platform's, where it starts with @; brands' own tags stand alone."""
    for match in _HANDLE.finditer(views.lowered):
        if match[1].startswith("@"):
            yield Span(match.start(1), match.end(1), "url")
