"""Finds people's names: led by a surname, after a word of address, or introduced ("tên là ...").

Works on runs of capitalised words, so that a sentence without them costs next to nothing.
"""

import re
from collections.abc import Iterator
from typing import Final

from kernel.privacy.redaction import lexicon
from kernel.privacy.redaction.views import Span, Views

_CAPITALS = re.compile(r"[A-Z][A-Za-z]{0,30}(?: {1,2}[A-Z][A-Za-z]{0,30})*")
_WORD = re.compile(r"[A-Za-z]+")
_TEN = re.compile(r"ten(?: toi| em| minh| khach hang| khach| nguoi nhan| nguoi mua)?(?: la)?[ :]{1,3}")
_RECEIVER = re.compile(r"nguoi (?:nhan|mua|gui)(?: la)?[ :]{1,3}")
_LA = re.compile(r" la[ :]{1,3}")
_LA_SUBJECTS: Final = frozenset({"toi", "minh", "em", "anh", "chi", "chau", "co", "con"})
_MIDDLE = re.compile(r" (?:thi|van) ([a-z]{1,7})(?: ([a-z]{1,7}))?")
_LOWER_NAME = re.compile(r"[a-z]{2,7}(?: [a-z]{1,7}){1,4}")
_MAX_FOLLOWERS: Final = 4
_MAX_SYLLABLE: Final = 7
_LOOK_BACK: Final = 24

Word = tuple[str, int, int]
"""A plain word with its position."""


def find_names(views: Views) -> Iterator[Span]:
    """Names in any capitals and with or without accents; brands and places that look alike are left."""
    for run in _CAPITALS.finditer(views.folded):
        start = run.start()
        if start and views.folded[start - 1].isalnum():
            continue
        words = [
            (word[0], word.start(), word.end()) for word in _WORD.finditer(views.folded, start, run.end())
        ]
        yield from _in_run(views, words)
    yield from _introduced(views)
    yield from _all_lower(views)


def _in_run(views: Views, words: list[Word]) -> Iterator[Span]:
    position = 0
    named = _after_address(views, words)
    if named and not _by_surname(views, words, named[0]):
        yield Span(words[named[0]][1], words[named[1] - 1][2], "name")
        position = named[1]
    while position < len(words):
        taken = _by_surname(views, words, position)
        if taken:
            yield Span(words[position][1], words[position + taken - 1][2], "name")
        position += taken or 1


def _by_surname(views: Views, words: list[Word], position: int) -> int:
    """How many words from `position` on are a surname and what belongs to it, 0 if it is none."""
    surname, start, end = words[position]
    plain = surname.lower()
    if plain not in lexicon.SURNAMES_PLAIN or _is_place(views, words, position):
        return 0
    sure = _is_sure(views, plain, start, end)
    if sure is None:
        return 0
    followers = words[position + 1 : position + 1 + _MAX_FOLLOWERS]
    known = [word.lower() in lexicon.GIVEN for word, _, _ in followers]
    shouting = surname.isupper() and len(surname) > 1
    if sure and followers and not (shouting and len(words) > _MAX_FOLLOWERS + 1):
        return 1 + _plausible(followers)
    if not known or not known[0]:
        return 0
    if shouting and not sure and surname == views.text[start:end] and not all(known[:2]):
        return 0  # DO AN NGON: without accents and small letters, one known word proves nothing
    return 1 + _known_length(followers, known, whole=len(words) <= _MAX_FOLLOWERS + 1)


def _is_sure(views: Views, plain: str, start: int, end: int) -> bool | None:
    """Whether the word is hardly ever anything but a surname; None if it is none in this spelling."""
    written = views.text[start:end].lower()
    if written in lexicon.SURE_SURNAMES:
        return True
    if written in lexicon.DOUBTFUL_SURNAMES:
        return False
    return plain in lexicon.SURE_PLAIN if written.isascii() else None


def _is_place(views: Views, words: list[Word], position: int) -> bool:
    plain = words[position][0].lower()
    if position + 1 < len(words) and f"{plain} {words[position + 1][0].lower()}" in lexicon.PLACES:
        return True
    if position:
        return words[position - 1][0].lower() in lexicon.PLACE_BEFORE
    end = _end_before(views, words[0][1])
    start = _start_of_word(views, end)
    if views.lowered[start:end] not in lexicon.PLACE_BEFORE:
        return False
    return views.text[start:end].lower() not in lexicon.STAFF


def _plausible(followers: list[Word]) -> int:
    """Vietnamese syllables have at most seven letters; a longer word is no part of a name."""
    taken = 0
    for word, _, _ in followers:
        if len(word) > _MAX_SYLLABLE:
            break
        taken += 1
    return taken


def _known_length(followers: list[Word], known: list[bool], *, whole: bool) -> int:
    if whole:
        return _plausible(followers)
    taken = known.index(False) if False in known else len(known)
    ends_in_middle = followers[taken - 1][0].lower() in lexicon.MIDDLE
    return min(taken + ends_in_middle, len(followers))


def _word_before(views: Views, start: int) -> str:
    """The plain word just before `start`, lower-case; "" where there is none within a few letters."""
    end = _end_before(views, start)
    return views.lowered[_start_of_word(views, end) : end]


def _end_before(views: Views, start: int) -> int:
    return max(0, start - 3) + len(views.lowered[max(0, start - 3) : start].rstrip(" :"))


def _start_of_word(views: Views, end: int) -> int:
    first = max(0, end - _LOOK_BACK)
    before = views.lowered[first:end]
    start = max(before.rfind(" "), before.rfind("\n"))
    return first + start + 1


def _after_address(views: Views, words: list[Word]) -> tuple[int, int] | None:
    """The words after a word of address or a title, itself in the run ("Chị Lan") or before it ("chị Lan")."""
    first = 0
    before = _word_before(views, words[0][1])
    if len(words) > 1 and _is_address(views, words[0]):
        first, before = 1, words[0][0].lower()
    elif before in lexicon.TITLES or _is_lower_address(views, before, words[0][1]):
        pass
    else:
        return None
    return _named(words, first, title=before in lexicon.TITLES)


def _named(words: list[Word], first: int, *, title: bool) -> tuple[int, int] | None:
    """At most three words from `first`; a shouted or headline run is believed only for known names."""
    word = words[first][0]
    plain = word.lower()
    limit = 20 if title else _MAX_SYLLABLE
    if plain in lexicon.NOT_A_NAME or len(word) > limit or len(word) < 2:
        return None
    doubtful = len(words) - first > 3 or (word.isupper() and not title)
    if doubtful:
        return (first, first + 1) if plain in lexicon.GIVEN else None
    return first, min(len(words), first + 3)


def _is_address(views: Views, word: Word) -> bool:
    written = views.text[word[1] : word[2]].lower()
    return written in lexicon.KIN or written in lexicon.TITLES


def _is_lower_address(views: Views, before: str, start: int) -> bool:
    end = _end_before(views, start)
    return bool(before) and views.text[end - len(before) : end].lower() in lexicon.KIN


def _introduced(views: Views) -> Iterator[Span]:
    """Names behind "tên là", "tôi là", "họ tên:", capitalised or not."""
    if "ten" in views.words:
        for match in _TEN.finditer(views.lowered):
            if not (match.start() and views.lowered[match.start() - 1].isalnum()):
                yield from _introduced_at(views, match.end())
    if "nguoi" in views.words:
        for match in _RECEIVER.finditer(views.lowered):
            yield from _introduced_at(views, match.end())
    if "la" in views.words and not _LA_SUBJECTS.isdisjoint(views.words):
        for match in _LA.finditer(views.lowered):
            if _word_before(views, match.start()) in _LA_SUBJECTS:
                yield from _introduced_at(views, match.end())


def _introduced_at(views: Views, start: int) -> Iterator[Span]:
    capitals = _CAPITALS.match(views.folded, start)
    if capitals:
        words = [(w[0], w.start(), w.end()) for w in _WORD.finditer(views.folded, *capitals.span())]
        if _named(words, 0, title=True):
            yield Span(words[0][1], words[min(len(words), _MAX_FOLLOWERS + 1) - 1][2], "name")
        return
    lower = _LOWER_NAME.match(views.lowered, start)
    if lower:
        yield from _lower_name(views, lower)


def _lower_name(views: Views, match: re.Match[str]) -> Iterator[Span]:
    words = [(w[0], w.start(), w.end()) for w in _WORD.finditer(views.lowered, *match.span())]
    if words[0][0] not in lexicon.SURNAMES_PLAIN or _is_sure(views, *words[0]) is None:
        return
    known = [word in lexicon.GIVEN for word, _, _ in words[1:]]
    if known[0]:
        taken = _known_length(words[1:], known, whole=False)
        yield Span(words[0][1], words[taken][2], "name")


def _all_lower(views: Views) -> Iterator[Span]:
    """ "nguyễn thị ánh" without a capital: only with thị or văn in the middle and a known name behind it."""
    if "thi" not in views.words and "van" not in views.words:
        return
    for match in _MIDDLE.finditer(views.lowered):
        start = _start_of_word(views, match.start())
        surname = views.lowered[start : match.start()]
        if surname not in lexicon.SURNAMES_PLAIN or match[1] not in lexicon.GIVEN:
            continue
        if _is_sure(views, surname, start, match.start()) is not None:
            yield Span(start, match.end(2) if match[2] in lexicon.GIVEN else match.end(1), "name")
