"""Reading short Vietnamese (and English) texts: pure rules, no I/O beyond the lexicon files.

`analyse` is the one door. The scorer behind it may be replaced by a trained model; the types stay.
"""

from services.social.analysis.domain.analyser import READ_CHARS, analyse
from services.social.analysis.domain.findings import (
    ASPECTS,
    EMOTIONS,
    INTENTS,
    PLATFORMS,
    Analysis,
    AspectFinding,
    PiiFinding,
    Sentiment,
    Spam,
)

__all__ = [
    "ASPECTS",
    "EMOTIONS",
    "INTENTS",
    "PLATFORMS",
    "READ_CHARS",
    "Analysis",
    "AspectFinding",
    "PiiFinding",
    "Sentiment",
    "Spam",
    "analyse",
]
