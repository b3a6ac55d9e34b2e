"""Vietnamese, English or something else, by letters and small words."""

import re

from services.social.analysis.domain.findings import Lang
from services.social.analysis.domain.lexicon import Lexicon
from services.social.analysis.domain.reading import Reading
from services.social.analysis.domain.tokens import strip_accents

# Letters that no other language in the Latin script uses.
_OURS = re.compile("[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")
_WORDS = re.compile(r"[^\W\d_]+")
_LOOK = 2_000  # characters; a language shows itself early


def language(text: str, found: Reading, words: Lexicon) -> Lang:
    """`vi` by its letters, else by the small words and opinions that are more frequent; `other` where neither shows."""
    head = text[:_LOOK]
    tokens = _WORDS.findall(head.lower())
    if not tokens:
        return "other"
    if _OURS.search(head):
        return "vi"
    vi = sum(1 for token in tokens if strip_accents(token) in words.vi)
    en = sum(1 for token in tokens if token in words.en)
    vi += sum(1 for at in found.cues if not at.cue.ahead and at.cue.role != "sign")
    if max(vi, en) * 6 < len(tokens):
        return "other"
    return "vi" if vi > en else "en"
