"""`mentions.analyzed`: one public utterance as numbers; no handle, no clear PII."""

import msgspec

from kernel.contracts.event import Event


class AspectPolarity(msgspec.Struct, frozen=True):
    """An aspect the text speaks of and how."""

    aspect: str
    polarity: str


class MentionAnalyzed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A mention or a free-text answer was analysed (again, where `mention_version` is above 1)."""

    mention_id: str
    mention_version: int
    platform: str
    """A platform of the public contract, or `survey` for free text of a record."""
    author: str | None
    """Keyed hash of the author, stable within the platform; None where unknown, and where `subject` says who it is."""
    text: str
    """Redacted."""
    lang: str
    sentiment: str
    score: float
    abstained: bool
    emotion: str
    intents: tuple[str, ...] = ()
    aspects: tuple[AspectPolarity, ...] = ()
    spam: str = "clean"
    rating: float | None = None
    topics: tuple[str, ...] = ()
    record_id: str | None = None
    model: str = ""


class MentionsWithdrawn(Event, frozen=True, kw_only=True, omit_defaults=True):
    """What was told of these texts so far is void: a record was taken back, a mention removed or edited, or it may not
    be told as `subject`'s any more (what follows counts again)."""

    record_ids: tuple[str, ...]
    """Ids of records; of mentions those whose text is of no record (`MentionAnalyzed.mention_id`)."""
