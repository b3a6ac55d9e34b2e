"""What a person says of a mention stands above what a model says."""

from typing import Any

import msgspec

from services.social.analysis.domain.findings import (
    Analysis,
    Emotion,
    Intent,
    Polarity,
    Sentiment,
    Spam,
    SpamLabel,
)

REVIEWED = "+review"
"""What an analysis' model is followed by where a person corrected it."""


class Labels(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person's reading; None leaves a question to the model."""

    sentiment: Polarity | None = None
    emotion: Emotion | None = None
    intents: list[Intent] | None = None
    spam: SpamLabel | None = None


def corrected(found: Analysis, labels: Labels | None) -> Analysis:
    """The analysis with a person's labels in place of the model's, certain and without abstention."""
    if labels is None:
        return found
    changed: dict[str, Any] = {"model": found.model + REVIEWED}
    if labels.sentiment:
        changed["sentiment"] = Sentiment(labels.sentiment, 1.0, False)
    if labels.emotion:
        changed["emotion"] = labels.emotion
    if labels.intents is not None:
        changed["intents"] = labels.intents
    if labels.spam:
        changed["spam"] = Spam(labels.spam, 1.0)
    return msgspec.structs.replace(found, **changed)
