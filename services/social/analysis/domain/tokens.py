"""A text as tokens that remember where they came from, in the spelling of the lexicon."""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

MAX_WORD = 40  # longer "words" are noise; only their beginning is normalised
_MARKS = "\u0300-\u036f"
_TOKEN = re.compile(
    r"(?P<hole>\[[^\[\]\s]{1,40}\]|<[^<>\s]{1,40}>|\{\{?[^{}\s]{1,40}\}?\})"  # what redaction leaves behind
    r"|(?P<link>(?:https?://|www\.)[^\s]{1,2000})"
    r"|(?P<face><3+|[:;=]['’]?-?[])(DdPpv3|/*]{1,8}(?![^\W_])|\^[_.]?\^|[xX]D+(?![^\W_])|T[_.]T|-[_.]-)"
    rf"|(?P<word>(?:[^\W_][{_MARKS}]*)+)"
    r"|(?P<soft>[,:–—()]|\s-\s)|(?P<hard>[.;!\n…]+)|(?P<ask>\?+)"
    r"|(?P<sign>[\u2190-\u2bff\U0001f000-\U0001faff])",
)
_RUN = re.compile(r"([^\W\d_])\1{2,}")
_STRAY = re.compile(rf"[{_MARKS}]+")
_ACCENTED = re.compile(r"[\u00c0-\u1ef9đĐ]")
_TONE_PLACES = {
    "òa": "oà", "óa": "oá", "ỏa": "oả", "õa": "oã", "ọa": "oạ", "òe": "oè", "óe": "oé", "ỏe": "oẻ", "õe": "oẽ",
    "ọe": "oẹ", "ùy": "uỳ", "úy": "uý", "ủy": "uỷ", "ũy": "uỹ", "ụy": "uỵ",
}  # fmt: skip
_TONE_PLACE = re.compile("|".join(_TONE_PLACES))


class Token(NamedTuple):
    """`word` is normalised; for breaks it is one of ``, . ?``; `start`, `end` are characters of the text."""

    word: str
    start: int
    end: int


def strip_accents(word: str) -> str:
    """The word as typed without diacritics: `đẹp` -> `dep`."""
    if word.isascii():
        return word
    plain = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return plain.replace("đ", "d")


def spell(raw: str) -> str:
    """One spelling for a word: lower case, composed, stray marks dropped, runs of 3+ letters made one, tone marks
    where the lexicon puts them (`hòa` -> `hoà`)."""
    word = raw[:MAX_WORD].lower()
    if word.isascii():
        return _RUN.sub(r"\1", word)
    word = unicodedata.normalize("NFC", word)
    word = _STRAY.sub("", word)
    return _TONE_PLACE.sub(lambda m: _TONE_PLACES[m[0]], _RUN.sub(r"\1", _join_tails(word)))


def _join_tails(word: str) -> str:
    """`quáaaa` -> `quá`: a run of the same base letter at the end is one letter, the accented one."""
    if len(word) < 3 or word[-1] != word[-2]:
        return word
    bases = strip_accents(word)
    if len(bases) != len(word):
        return word
    first = len(bases.rstrip(bases[-1]))
    tail = word[first:]
    if len(tail) < 3:
        return word
    marked = [c for c in tail if not c.isascii()]
    return word[:first] + (marked[0] if marked else tail[0])


def normalise(
    raw: str, known: Mapping[str, object], shorthand: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """The lexicon words that a written word stands for: shorthand expanded, a doubled last letter forgiven."""
    word = raw.lower()
    if word not in known:  # what the lexicon writes needs no mending
        word = spell(raw)
    if word in shorthand:
        return shorthand[word]
    if (
        word not in known
        and len(word) > 2
        and word.isalpha()
        and strip_accents(word[-1]) == strip_accents(word[-2])
    ):
        shorter = word[:-1] if word[-1].isascii() else word[:-2] + word[-1]
        if shorter in known or shorter in shorthand:
            return shorthand.get(shorter, (shorter,))
    return (word,)


def tokenise(text: str, known: Mapping[str, object], shorthand: Mapping[str, tuple[str, ...]]) -> list[Token]:
    """Words, signs, faces and breaks of `text` in order. Linear in its length. Holes that redaction left behind
    are skipped, so that the name of a hole is never read as an opinion."""
    seen: dict[str, tuple[str, ...]] = {}  # per text: no memory of what people wrote outlives the call
    out: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, start, end = match.lastgroup, match.start(), match.end()
        if kind == "word":
            raw = match.group()
            words = seen.get(raw)
            if words is None:
                words = seen[raw] = normalise(raw, known, shorthand)
            if raw in ("k", "K") and out and out[-1].word.isdigit():
                words = ("nghìn",)  # `500 k` is money, not a negation
            out += [Token(word, start, end) for word in words]
        elif kind in ("sign", "face"):
            out.append(Token(_face(match.group()), start, end))
        elif kind not in ("hole", "link"):
            out.append(Token({"soft": ",", "hard": ".", "ask": "?"}[kind or "soft"], start, end))
    return out


def _face(raw: str) -> str:
    """Faces differ in how often the mouth is repeated: `:)))` -> `:)`."""
    face = raw.lower().replace("’", "'")
    if face[0] in ":;=":
        face = face.replace("-", "")
    while len(face) > 2 and face[-1] == face[-2]:
        face = face[:-1]
    return face


def is_bare(text: str) -> bool:
    """Whether a text was typed without diacritics (a stray accented letter is forgiven)."""
    return len(_ACCENTED.findall(text)) * 40 < len(text)
