"""Which phrases a day has that other days do not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log, sqrt

from services.social.topics.domain import words_of

LEAST = 3
"""Mentions that a phrase must stand in."""
CLEAR = 3.0
"""Standard deviations by which its log-odds must exceed the other days'."""
_NOTHING = frozenset(
    [
        "và",
        "là",
        "của",
        "thì",
        "mà",
        "có",
        "cho",
        "với",
        "các",
        "những",
        "này",
        "đó",
        "một",
        "ở",
        "đã",
        "đang",
        "sẽ",
        "cũng",
        "rất",
        "quá",
        "em",
        "anh",
        "mình",
        "bạn",
        "ạ",
        "nha",
        "nhé",
    ]
)


def telling_phrases(said: Sequence[str], before: Sequence[str], most: int = 5) -> list[tuple[str, int]]:
    """Up to `most` (phrase, mentions of it): words and pairs that are far more frequent in `said` than in `before`."""
    now, then = _counted(said), _counted(before)
    scored = []
    for phrase, n in now.items():
        if n < LEAST or all(word in _NOTHING for word in phrase.split()):
            continue
        odds = log((n + 0.5) / (len(said) - n + 0.5)) - log(
            (then[phrase] + 0.5) / (len(before) - then[phrase] + 0.5)
        )
        deviations = odds / sqrt(1 / (n + 0.5) + 1 / (then[phrase] + 0.5))
        if deviations > CLEAR:
            scored.append((deviations, phrase, n))
    return _without_parts(sorted(scored, key=lambda one: (-one[0], -len(one[1]))), most)


def _counted(texts: Iterable[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for text in texts:
        words = [word.typed for word in words_of(text)]
        found.update({*words, *(f"{first} {second}" for first, second in pairwise(words))})
    return found


def _without_parts(scored: Sequence[tuple[float, str, int]], most: int) -> list[tuple[str, int]]:
    """A word that says no more than a phrase it is part of is left out."""
    chosen: list[tuple[str, int]] = []
    longer = sorted(scored, key=lambda one: -one[0] * (1.5 if " " in one[1] else 1))
    for _, phrase, n in longer:
        if not any(set(phrase.split()) <= set(other.split()) for other, _ in chosen):
            chosen.append((phrase, n))
    return chosen[:most]
