"""Signs in the form of a text: questions, noise, links."""

import re

from services.social.analysis.domain.reading import Reading

_LINK = re.compile(r"https?://|www\.|\bbit\.ly|\bzalo\.me", re.IGNORECASE)
_VOWEL = re.compile(r"[aeiouy]")


def asks(found: Reading) -> bool:
    """Whether the text asks something: a question mark behind words, or a clause that ends like a question."""
    marked = any(token.word == "?" for token in found.tokens[1:])
    return marked or len(found.tokens) in found.question_ends or "question" in found.intents


def links(text: str) -> int:
    """How many addresses of the web a text has, three at most."""
    return min(3, len(_LINK.findall(text)))


def noise(words: list[str]) -> float:
    """0..1: the same words again and again, or words that nobody could say."""
    words = [word for word in words if word not in (",", ".", "?")]
    if not words:
        return 0.0
    repeated = len(words) >= 8 and len(set(words)) < 0.3 * len(words)
    unsayable = sum(1 for w in words if len(w) >= 5 and w.isascii() and w.isalpha() and not _VOWEL.search(w))
    long = sum(1 for w in words if len(w) >= 16 and w.isalpha())
    return 0.5 * repeated + 0.5 * (2 * (unsayable + long) >= len(words))
