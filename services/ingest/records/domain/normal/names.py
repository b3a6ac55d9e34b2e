"""Vietnamese names as they should be shown: surname first, capitals, no titles; and what looks wrong about them.

Nothing is guessed: where two readings are possible ("Thao Nguyen" may end in Nguyên) the name stays and is doubted.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from kernel.privacy.names import strip_accents
from kernel.privacy.redaction.lexicon import GIVEN, SURE_PLAIN, SURE_SURNAMES, SURNAMES_PLAIN


class Name(NamedTuple):
    """A name as it is shown, and codes of what is doubtful about it (see `trust.WEIGHTS`)."""

    value: str
    doubts: tuple[str, ...] = ()


PLACEHOLDER, CONTACT, DIGITS, REORDERED, UNSURE_ORDER, SINGLE, ODD = (
    "name-placeholder", "name-is-contact", "name-has-digits", "name-reordered", "name-order-unsure", "name-single",
    "name-odd",
)  # fmt: skip

_PLACEHOLDERS: Final = frozenset(
    re.split(
        r"\s*,\s*",
        "test, tester, testing, test test, khach, khach le, khach hang, khach vang lai, vang lai, khach hang le, kh le,"
        "khach quen, khach si, khach moi, khach online, khong ten, khong co ten, chua co ten, chua ro, khong ro, khong,"
        "an danh, noname, no name, unknown, guest, anonymous, customer, user, admin, name, full name, ho ten, ho va ten,"
        "ten khach hang, abc, xyz, abcd, asd, asdf, asdfgh, qwe, qwerty, aaa, xxx, na, n a, null, none, nil, undefined,"
        "demo, sample, john doe",
    )
)
_JOHN_DOE: Final = re.compile(r"(?:nguyen|tran|le|pham|hoang) (?:van|thi) [a-e]").fullmatch
"""Nguyễn Văn A is what forms show as their example."""
_NUMBERED: Final = re.compile(r"(?:test|khach|khach le|khach hang|user|guest|kh)[ _]?[0-9]+").fullmatch

_FORMAL: Final = frozenset(
    ["mr", "mrs", "ms", "miss", "dr", "ts", "ths", "ths", "th", "s", "bs", "gs", "pgs", "ks", "cn", "ls"]
)
_FORMAL_UNDOTTED: Final = frozenset(["mr", "mrs", "ms", "miss", "dr", "ths", "bs", "gs", "pgs", "ts"])
_KIN: Final = frozenset(["chị", "cô", "chú", "bác", "ông", "bà", "cậu", "dì", "cháu"])
_KIN_OR_NAME: Final = frozenset(["anh", "em", "chi", "co", "chu", "bac", "ong", "ba"])
"""Words of address that are names, too, or may be: believed only before a surname and two more words."""

_LAST_SURNAMES: Final = frozenset(
    ["nguyễn", "nguyển", "phạm", "huỳnh", "đặng", "bùi", "trần", "đỗ", "võ", "ngô"]
)
"""Accented surnames that are no given names: at the end they say that the order is Western."""
_MIDDLE: Final = frozenset(("thi", "van"))
_FIRST: Final = SURNAMES_PLAIN - _MIDDLE
"""Surnames that, standing first, settle the order: thị and văn are mostly middle names."""

_EXTRA = re.compile(r"\s*[(\[{][^)\]}]*[)\]}]?|\s+[-–—/|]\s+.*$")
_PHONE_OR_MAIL = re.compile(r"@|(?:[0-9][ .-]?){7}").search
_LETTERS = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?").fullmatch
_VOWEL = re.compile(r"[aeiouy]").search
_MASH = re.compile(r"(.)\1\1|[bcdfghjklmnpqrstvwxz]{5}").search


@lru_cache(maxsize=4)
def _syllables() -> frozenset[str]:
    return SURNAMES_PLAIN | GIVEN | _MIDDLE


def is_plain_good(plain: str) -> bool:
    """Whether a name in plain small letters is surname, middle and given name as most are: asks nothing further."""
    words = plain.split()
    return 2 <= len(words) <= 5 and words[0] in SURNAMES_PLAIN and _syllables().issuperset(words)


def read_name(raw: str) -> Name:
    """`raw` as it is shown, with what is doubtful about it. Idempotent in the value; never empty for what is not."""
    text = " ".join(unicodedata.normalize("NFC", raw).split())
    plain = " ".join(re.sub(r"[^\w@]+", " ", strip_accents(text).lower()).split())
    if plain in _PLACEHOLDERS or _JOHN_DOE(plain) or _NUMBERED(plain) or not plain:
        return Name(text, (PLACEHOLDER,))
    if _PHONE_OR_MAIL(text):
        return Name(text, (CONTACT,))
    doubts = [DIGITS] if any(map(str.isdigit, text)) else []
    words = _without_titles((_EXTRA.sub("", text) or text).replace(",", " ").split())
    words, order = _ordered(_capitalised(words), text)
    value = " ".join(words)
    return Name(value, (*doubts, *order, *_oddities(words)))


def _without_titles(words: list[str]) -> list[str]:
    while len(words) > 1 and (_is_formal(words[0]) or _is_kin(words)):
        words = words[1:]
    return words


def _is_formal(word: str) -> bool:
    parts = [part for part in word.lower().split(".") if part]
    known = _FORMAL if "." in word else _FORMAL_UNDOTTED
    return bool(parts) and all(part in known for part in parts) and (len(word) > 1)


def _is_kin(words: list[str]) -> bool:
    first, following = words[0].lower(), words[1].lower()
    if first in _KIN:
        return True
    surname = following in SURE_SURNAMES or following in SURE_PLAIN
    return first in _KIN_OR_NAME and surname and len(words) >= 4


def _capitalised(words: list[str]) -> list[str]:
    """Capitals where nobody chose them: all in one case, or a Vietnamese name with words in one case."""
    text = " ".join(words)
    ours = any(strip_accents(word).lower() in SURNAMES_PLAIN for word in (words[0], words[-1]))
    if text.isupper() or text.islower():
        return [_capital(word) for word in words]
    if not ours:
        return words
    return [
        _capital(word) if word.islower() or (word.isupper() and len(word) > 1) else word for word in words
    ]


def _capital(word: str) -> str:
    """Each part between hyphens and apostrophes: H'Hen, Tôn-Nữ. Letters whose other case is two letters stay."""

    def cased(part: re.Match[str]) -> str:
        first, rest = part[0][0], part[0][1:]
        return _one(first, first.upper()) + "".join(_one(letter, letter.lower()) for letter in rest)

    return re.sub(r"[^\W\d_]+", cased, word)


def _one(letter: str, other: str) -> str:
    return other if len(other) == 1 else letter


def _ordered(words: list[str], text: str) -> tuple[list[str], tuple[str, ...]]:
    """Surname first where the order is surely Western; a comma behind the first word says that it is right."""
    if len(words) < 2 or "," in text.split(maxsplit=1)[0]:
        return words, ()
    first, last = (strip_accents(word).lower() for word in (words[0], words[-1]))
    if first in _FIRST:
        return words, ()
    rest, middle = words[:-1], strip_accents(words[-2]).lower() in _MIDDLE
    if words[-1].lower() in _LAST_SURNAMES or (last in SURE_PLAIN and middle and len(words) > 2):
        return [words[-1], *(rest[-1:] + rest[:-1] if middle else rest)], (REORDERED,)
    return words, (UNSURE_ORDER,) if words[-1].isascii() and last in SURE_PLAIN else ()


def _oddities(words: list[str]) -> tuple[str, ...]:
    if not strip_accents(words[0]).isascii():  # another script: who are we to judge
        return ()
    if len(words) == 1:
        return (SINGLE,) if _is_word(words[0]) else (ODD,)
    return () if len(words) <= 8 and all(map(_is_word, words)) else (ODD,)


def _is_word(word: str) -> bool:
    """A word of letters that can be spoken; an initial may stand for one."""
    plain = strip_accents(word).lower()
    if not _LETTERS(word):
        return False
    return len(word) <= 2 or (_VOWEL(plain) is not None and _MASH(plain) is None)


def swapped(first_name: str, last_name: str) -> bool:
    """Whether the two fields of a form were mixed up: the given name is surely a surname, the other is none."""
    first, last = (" ".join(one.split()).lower() for one in (first_name, last_name))
    return first in SURE_SURNAMES and strip_accents(last.split(" ")[0]) not in _FIRST


def contradicts(plain: str, gender: str) -> bool:
    """Whether the middle name says the other gender: thị is female, văn male. A hint, not a rule."""
    if gender == "male":
        return " thi " in plain
    return gender == "female" and " van " in plain and " thi " not in plain
