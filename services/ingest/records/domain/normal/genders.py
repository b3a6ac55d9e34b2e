"""Genders in the words of forms, in both languages."""

from typing import Final

_WORDS: Final = {
    "male": "male m man boy nam trai ông anh ong mr",
    "female": "female f woman girl nữ nu gái gai bà chị ba chi ms mrs",
    "other": "other khác khac non-binary nonbinary lgbt lgbtq x",
}
_MEANING: Final = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}


def read_gender(raw: str) -> str:
    """male, female or other; anything else stays as it was written, without white space around."""
    text = raw.strip()
    return _MEANING.get(text.lower(), text)
