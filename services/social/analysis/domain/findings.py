"""The answer for one text. These types are a public contract: extend them, never change them."""

from typing import Literal, get_args

import msgspec

Platform = Literal[
    "facebook", "instagram", "threads", "zalo", "tiktok", "youtube", "shopee", "tiktok_shop", "lazada", "tiki",
    "google_maps", "google_play", "app_store", "news", "forum", "blog", "survey", "other",
]  # fmt: skip
Lang = Literal["vi", "en", "other"]
Polarity = Literal["positive", "neutral", "negative"]
Emotion = Literal["joy", "sadness", "anger", "fear", "disgust", "surprise", "other"]
Intent = Literal["complaint", "purchase_intent", "question", "praise", "recommendation", "churn_threat"]
Aspect = Literal[
    "quality", "price", "delivery", "service", "packaging", "authenticity", "usability", "performance", "battery",
    "camera", "screen", "design", "storage", "promotion", "policy", "store", "general",
]  # fmt: skip
SpamLabel = Literal["clean", "spam", "seeding", "advert"]

PLATFORMS: tuple[Platform, ...] = get_args(Platform)
EMOTIONS: tuple[Emotion, ...] = get_args(Emotion)
INTENTS: tuple[Intent, ...] = get_args(Intent)
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)


class Sentiment(msgspec.Struct, frozen=True):
    """`score` is the certainty of `label`, 0..1; `abstained` says that it is too low to act upon."""

    label: Polarity
    score: float
    abstained: bool


class AspectFinding(msgspec.Struct, frozen=True):
    """`evidence` is an exact substring of the analysis' `redacted` text. At most one finding an aspect."""

    aspect: Aspect
    polarity: Polarity
    evidence: str


class Spam(msgspec.Struct, frozen=True):
    """`score` is the certainty of `label`, 0..1."""

    label: SpamLabel
    score: float


class PiiFinding(msgspec.Struct, frozen=True):
    """Where personal data was found, in characters of the NFC form of the text as given; never the data itself."""

    kind: str
    start: int
    end: int


class Analysis(msgspec.Struct, frozen=True):
    """One text read. `redacted` is the text without the personal data listed in `pii`.

    `intents` and `aspects` are in the order of the vocabularies, without repetition.
    """

    lang: Lang
    sentiment: Sentiment
    emotion: Emotion
    intents: list[Intent]
    aspects: list[AspectFinding]
    spam: Spam
    pii: list[PiiFinding]
    redacted: str
    model: str
