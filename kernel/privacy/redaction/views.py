"""One text in the forms that the finders read, all of the same length."""

import re
import unicodedata
from functools import cached_property
from typing import Final, NamedTuple

from kernel.privacy.names import PLAIN_LETTERS

_SPACES: Final = "\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d"
_NOTHING: Final = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"


def _fold_table() -> str:
    letters = list(PLAIN_LETTERS)
    for characters, plain in (
        (_SPACES, " "),
        (_DASHES, "-"),
        (_NOTHING, " "),
        ("\uff0b", "+"),
        ("\uff20", "@"),
    ):
        for character in characters:
            letters[ord(character)] = plain
    return "".join(letters)


_FOLD: Final = _fold_table()
_DIGIT = re.compile(r"[0-9]").search
_WORD_BREAKS: Final = {code: " " for code in range(128) if not chr(code).isalnum()}


class Span(NamedTuple):
    """Where something personal stands: positions in the NFC form of the text."""

    start: int
    end: int
    kind: str


class Views:
    """`text` in NFC, `folded` without accents, `lowered` too, and its `words`; positions agree in all."""

    def __init__(self, text: str) -> None:
        if not text.isascii():
            if not unicodedata.is_normalized("NFC", text):
                text = unicodedata.normalize("NFC", text)
            self.folded = text.translate(_FOLD)
        else:
            self.folded = text
        self.text = text
        self.lowered = self.folded.lower() if self.folded.isascii() else _lower_in_place(self.folded)
        self.words = self.lowered.translate(_WORD_BREAKS).split()

    @cached_property
    def has_digits(self) -> bool:
        """Whether there is any digit."""
        return _DIGIT(self.folded) is not None


def _lower_in_place(text: str) -> str:
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(one if len(one := character.lower()) == 1 else character for character in text)
