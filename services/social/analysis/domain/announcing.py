"""From an analysis to the event that tells of it."""

from datetime import datetime
from typing import NotRequired, TypedDict, Unpack

from kernel.contracts.mentions import AspectPolarity, MentionAnalyzed
from kernel.ids import new_id
from services.social.analysis.domain.findings import Analysis


class Origin(TypedDict):
    """What an analysis does not know: where its text comes from (fields of `MentionAnalyzed`)."""

    mention_id: str
    mention_version: int
    platform: str
    author: str | None
    occurred_at: datetime
    recorded_at: datetime
    rating: float | None
    topics: tuple[str, ...]
    subject: str | None
    record_id: NotRequired[str | None]
    traceparent: str | None


def announce(found: Analysis, **origin: Unpack[Origin]) -> MentionAnalyzed:
    """The event of one analysis; the evidence of aspects stays here, only their polarity travels."""
    return MentionAnalyzed(
        id=new_id(),
        version=MentionAnalyzed.VERSION,
        text=found.redacted,
        lang=found.lang,
        sentiment=found.sentiment.label,
        score=found.sentiment.score,
        abstained=found.sentiment.abstained,
        emotion=found.emotion,
        intents=tuple(found.intents),
        aspects=tuple(AspectPolarity(aspect.aspect, aspect.polarity) for aspect in found.aspects),
        spam=found.spam.label,
        model=found.model,
        **origin,
    )
