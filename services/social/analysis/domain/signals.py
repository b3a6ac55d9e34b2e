"""Emotion, intents and spam: what else a text gives away."""

import math
import re
from collections import Counter

from services.social.analysis.domain.findings import (
    EMOTIONS,
    INTENTS,
    Emotion,
    Intent,
    Sentiment,
    Spam,
    SpamLabel,
)
from services.social.analysis.domain.reading import Reading

# A sentiment at least this certain is praise, or a complaint, without a word that says so.
CLAIM = 0.7
BASE = -2.0  # log-odds of spam before any cue: one strong cue, or three weak ones, outweigh it
_LINK = re.compile(r"https?://|www\.|\bbit\.ly|\bzalo\.me", re.IGNORECASE)
_VOWEL = re.compile(r"[aeiouy]")
_ANSWERABLE = re.compile(r"[^\W\d_]")


def feel(found: Reading) -> Emotion:
    """The emotion with most words; on a tie the first of the vocabulary; `other` where there is none."""
    if not found.emotions:
        return "other"
    counts = Counter(found.emotions)
    return max(EMOTIONS, key=lambda emotion: counts.get(emotion, 0))


def want(found: Reading, sentiment: Sentiment) -> list[Intent]:
    """Intents in the order of the vocabulary, from their words, from question marks and from a clear sentiment."""
    wanted = set(found.intents)
    if asks(found):
        wanted.add("question")
    if not sentiment.abstained and sentiment.score >= CLAIM:
        if sentiment.label == "negative":
            wanted.add("complaint")
        elif sentiment.label == "positive":
            wanted.add("praise")
    if sentiment.label == "negative":
        wanted.discard("praise")
    return [intent for intent in INTENTS if intent in wanted]


def asks(found: Reading) -> bool:
    """Whether the text asks something: a question mark behind words, or a clause that ends like a question."""
    marked = any(token.word == "?" for token in found.tokens[1:])
    return marked or len(found.tokens) in found.question_ends or "question" in found.intents


def judge_spam(text: str, found: Reading, contacts: int) -> Spam:
    """Cues and form add up to log-odds for each kind of spam; `contacts` counts the phones, e-mail addresses
    and profiles that were found in the text. A text without letters is no spam, but nothing is known: 0.5."""
    odds: dict[SpamLabel, float] = {"advert": BASE, "seeding": BASE, "spam": BASE}
    for label, weight in found.spam:
        odds[label] += weight
    odds["advert"] += 1.5 * min(contacts, 2) + min(len(_LINK.findall(text)), 2)
    odds["spam"] += _noise([t.word for t in found.tokens])
    label = max(odds, key=lambda key: odds[key])
    chance = 1 / (1 + math.exp(-odds[label]))
    if chance > 0.5:
        return Spam(label, round(chance, 3))
    return Spam("clean", round(1 - chance, 3) if _ANSWERABLE.search(text) else 0.5)


def _noise(words: list[str]) -> float:
    """Log-odds from the form alone: the same words again and again, or words that nobody could say."""
    words = [word for word in words if word not in (",", ".", "?")]
    if not words:
        return 0.0
    repeated = len(words) >= 8 and len(set(words)) < 0.3 * len(words)
    unsayable = sum(1 for w in words if len(w) >= 5 and w.isascii() and w.isalpha() and not _VOWEL.search(w))
    long = sum(1 for w in words if len(w) >= 16 and w.isalpha())
    return 3.5 * repeated + (3.5 if 2 * (unsayable + long) >= len(words) else 0.0)
