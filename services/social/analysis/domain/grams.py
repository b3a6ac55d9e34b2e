"""What a linear model sees of a text: its words, pairs of words, and the runs of 2 to 5 characters across them."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

LONGEST_RUN = 5
MAX_WORD = 40  # of a longer "word" only the beginning counts: noise must not cost more than text
_STRAY = re.compile(" (?=[\u0300-\u036f])")
_WORD = re.compile(r"[^\W_]+|[^\w\s]")


def words_in(text: str) -> list[str]:
    """The words and signs of a text, lower case and composed; a tone mark that drifted off its letter is put back."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", _STRAY.sub("", text))
    return [word[:MAX_WORD] for word in _WORD.findall(text.lower())]


def word_grams(words: list[str]) -> Iterator[str]:
    """Each word and each pair of neighbours."""
    yield from words
    for first, second in pairwise(words):
        yield f"{first} {second}"


def letter_grams(words: list[str]) -> Iterator[str]:
    """Runs of 2 to 5 characters of the words set apart by one space each, across their edges."""
    line = f" {' '.join(words)} "
    length = len(line)
    for size in range(2, LONGEST_RUN + 1):
        for start in range(length - size + 1):
            yield line[start : start + size]
