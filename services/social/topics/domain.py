"""Finding topics in texts: phrases as whole words, with or without accents, for any number of topics in one pass.

Compared word by word. A word typed without accents stands for any (`may hien` is `Mây Hiên`); an accented one must
carry the same accents (`may hiện` is not). A phrase of several words is found as one word too (`#mayhien`).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence, Set
from typing import Literal, NamedTuple, get_args

from kernel.privacy.names import strip_accents

Kind = Literal["brand", "competitor", "product", "theme"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_WORD = re.compile(r"[^\W_]+")
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_JOINED = 6
"""Letters from which a phrase is also looked for without its spaces: shorter ones would hit other words."""


class Topic(NamedTuple):
    """A topic matches a text with one of `any_of` (if there are any), every one of `all_of`, none of `none_of`."""

    topic_id: str
    any_of: tuple[str, ...]
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


class Word(NamedTuple):
    """A word in lower case, and the same without accents."""

    typed: str
    plain: str


class _Phrase(NamedTuple):
    words: tuple[Word, ...]
    number: int


def words_of(text: str) -> list[Word]:
    """The words of `text`; punctuation, emoji and case do not count."""
    lowered, plain = _views(text)
    return [Word(match.group(), plain[match.start() : match.end()]) for match in _WORD.finditer(lowered)]


def _views(text: str) -> tuple[str, str]:
    """`text` in lower case, and the same without accents; positions agree."""
    lowered = unicodedata.normalize("NFC", text.lower())
    return lowered, strip_accents(lowered)


class Matcher:
    """A compiled set of topics. The time of `match` grows with the text, not with the number of topics."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._numbers: dict[tuple[Word, ...], int] = {}
        self._starts: dict[str, list[_Phrase]] = {}
        self._rules = [
            (topic.topic_id, self._add(topic.any_of), self._add(topic.all_of), self._add(topic.none_of))
            for topic in topics
        ]
        self._silent = self._holding(frozenset())

    def match(self, text: str) -> tuple[str, ...]:
        """The ids of the topics in `text`, in the order of the set."""
        if not self._starts or self._starts.keys().isdisjoint(_WORD.findall(_views(text)[1])):
            return self._silent
        found = self._phrases(words_of(text))
        return self._holding(found)

    def _holding(self, found: Set[int]) -> tuple[str, ...]:
        return tuple(
            topic_id
            for topic_id, any_of, all_of, none_of in self._rules
            if (not any_of or not any_of.isdisjoint(found)) and all_of <= found and none_of.isdisjoint(found)
        )

    def _phrases(self, words: Sequence[Word]) -> set[int]:
        found = set()
        for start, word in enumerate(words):
            for phrase in self._starts.get(word.plain, ()):
                there = words[start : start + len(phrase.words)]
                if len(there) == len(phrase.words) and all(map(_same, there, phrase.words)):
                    found.add(phrase.number)
        return found

    def _add(self, phrases: Iterable[str]) -> frozenset[int]:
        return frozenset(self._number(tuple(words_of(phrase))) for phrase in phrases)

    def _number(self, words: tuple[Word, ...]) -> int:
        number = self._numbers.setdefault(words, len(self._numbers))
        self._starts.setdefault(words[0].plain, []).append(_Phrase(words, number))
        joined = "".join(word.plain for word in words)
        if len(words) > 1 and len(joined) >= _JOINED:
            once = Word("".join(word.typed for word in words), joined)
            self._starts.setdefault(joined, []).append(_Phrase((once,), number))
        return number


def _same(typed: Word, meant: Word) -> bool:
    """Whether one stands for the other: equal, or one of them written without accents."""
    if typed.plain != meant.plain:
        return False
    return (
        typed.typed in (meant.typed, typed.plain)
        or meant.typed == meant.plain
        or _spelt(typed.typed) == _spelt(meant.typed)
    )


def _spelt(word: str) -> str:
    """Tones at the end, so that `hoà` and `hòa` are one word."""
    letters = unicodedata.normalize("NFD", word)
    tones = "".join(letter for letter in letters if letter in _TONES)
    return "".join(letter for letter in letters if letter not in _TONES) + tones
