"""What the lexicon tells a linear model about a text: a few numbers of about the weight of its words."""

import math
from collections import Counter

from services.social.analysis.domain.findings import EMOTIONS, INTENTS
from services.social.analysis.domain.opinions import Opinion
from services.social.analysis.domain.reading import Reading
from services.social.analysis.domain.sentiment import judge
from services.social.analysis.domain.shapes import NAMES as SHAPES
from services.social.analysis.domain.shapes import shapes
from services.social.analysis.domain.signals import asks, links, noise

SPAM_CUES = ("advert", "seeding", "spam")
_PLACES = {"positive": 0, "neutral": 1, "negative": 2}
NAMES = (
    "positive", "neutral", "negative", "praise", "blame", "last", "balance", "asks", "silent", "length",
    *(f"emotion {emotion}" for emotion in EMOTIONS[:-1]),
    *(f"intent {intent}" for intent in INTENTS),
    *(f"spam {label}" for label in SPAM_CUES),
    "contacts",
    "links",
    "noise",
    *SHAPES,
)  # fmt: skip
"""One name a number of `hints`: part of a model's file, so that an older one is refused rather than misread."""


def hints(text: str, found: Reading, said: list[Opinion], contacts: int) -> list[float]:
    """The numbers of `NAMES`, each about 0..1. `contacts`: ways to reach somebody that were found in the text."""
    asked = asks(found)
    tone = judge(said, asked)
    praise = sum(o.value for o in said if o.value > 0)
    blame = -sum(o.value for o in said if o.value < 0)
    verdict = [0.0, 0.0, 0.0]
    verdict[_PLACES[tone.label]] = tone.score
    emotions, intents, spam = Counter(found.emotions), set(found.intents), Counter[str]()
    for label, weight in found.spam:
        spam[label] += weight  # type: ignore[assignment]  # a counter of weights
    return [
        *verdict,
        min(praise, 4) / 4,
        min(blame, 4) / 4,
        math.tanh(said[-1].value) if said else 0.0,
        math.tanh(praise - blame),
        0.5 * asked,
        0.5 * (not said),
        min(1.0, math.log1p(len(found.tokens)) / 5),
        *(min(emotions[emotion], 2) * 0.35 for emotion in EMOTIONS[:-1]),
        *(0.5 * (intent in intents) for intent in INTENTS),
        *(min(spam[label], 4) / 4 for label in SPAM_CUES),
        min(contacts, 2) / 2,
        links(text) / 3,
        noise([token.word for token in found.tokens]),
        *shapes(text),
    ]
