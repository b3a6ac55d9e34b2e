"""Bodies of the mention routes."""

from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, Field

from services.social.analysis.domain.findings import Platform
from services.social.mentions.domain.incoming import MAX_MENTIONS, Author, Reason


class MentionBody(msgspec.Struct):
    """A mention as a client sends it (documentation: the door decodes each one by itself)."""

    id: Annotated[str, msgspec.Meta(max_length=200, description="The platform's id of it.")]
    platform: Platform
    text: Annotated[str, msgspec.Meta(max_length=50_000)]
    published_at: Annotated[str, msgspec.Meta(description="ISO 8601 with offset.")]
    author: Author | None = None
    url: str | None = None
    lang: str | None = None
    rating: Annotated[float, msgspec.Meta(ge=0, le=10)] | None = None
    metrics: dict[str, float] | None = None


class MentionBatch(msgspec.Struct):
    """Up to 10,000 mentions."""

    mentions: Annotated[list[MentionBody], msgspec.Meta(max_length=MAX_MENTIONS)]


class Receipt(msgspec.Struct, omit_defaults=True):
    """What became of the mention at `index`."""

    index: int
    id: str | None
    status: Literal["accepted", "duplicate", "edited", "quarantined"]
    reasons: tuple[Reason, ...] = ()


class Receipts(msgspec.Struct):
    """One receipt a mention, in order."""

    receipts: list[Receipt]


class MentionView(msgspec.Struct):
    """A mention as read; what analysis says is null until it has been analysed."""

    id: str
    mention_id: str
    version: int
    platform: str
    author: str | None
    text: str
    url: str | None
    published_at: str
    lang: str | None
    rating: float | None
    metrics: dict[str, float]
    sentiment: dict[str, Any] | None
    emotion: str | None
    intents: list[str]
    aspects: list[dict[str, str]]
    spam: dict[str, Any] | None
    topics: list[str]
    model: str | None


class MentionPage(msgspec.Struct):
    """Mentions, newest first."""

    items: list[MentionView]
    next_cursor: str | None


class RemovedMention(BaseModel):
    """A mention by its platform and the platform's id of it."""

    platform: Platform
    id: str = Field(min_length=1, max_length=200)


class Removals(BaseModel):
    """Mentions that were taken back."""

    removed: list[RemovedMention] = Field(min_length=1, max_length=MAX_MENTIONS)


class Removed(BaseModel):
    """How many of them were there."""

    removed: int
