"""Bodies of the review and model routes."""

from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, model_validator

from services.social.analysis.domain.findings import Emotion, Intent, Polarity, SpamLabel
from services.social.mentions.domain.moments import moment_of


class NewLabels(BaseModel):
    """A person's reading of a mention; what is left out stays with the model."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"sentiment": "negative", "intents": ["complaint"]}]}
    )

    sentiment: Polarity | None = None
    emotion: Emotion | None = None
    intents: list[Intent] | None = None
    spam: SpamLabel | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "NewLabels":
        if all(one is None for one in (self.sentiment, self.emotion, self.intents, self.spam)):
            raise ValueError("at least one label is needed")
        return self


class ReviewView(BaseModel):
    """A mention that wants a person's eye, and why; `score` is how certain the model is of its sentiment."""

    mention_id: str
    why: Literal["abstained", "disputed"]
    platform: str
    text: str
    published_at: datetime
    sentiment: str
    score: float
    emotion: str
    intents: list[str]
    spam: str
    model: str


class ReviewPage(BaseModel):
    """Mentions to review, newest first."""

    items: list[ReviewView]
    next_cursor: str | None


class ModelView(BaseModel):
    """A trained model. `figures`: macro-F1 by `test/head` of it and of the model before; `lost`: where it was worse."""

    id: str
    name: str
    state: Literal["active", "kept", "rejected"]
    corrections: int
    before: dict[str, float]
    after: dict[str, float]
    lost: list[str]
    made_at: datetime


class ModelPage(BaseModel):
    """Models trained here, oldest first; without an active one the shipped model answers."""

    items: list[ModelView]
    next_cursor: str | None


class JobMade(BaseModel):
    """Work that goes on in the background."""

    job: str


class JobView(BaseModel):
    """How far it has come: `done` of `total`; `trouble`: why a training failed, or its model was rejected."""

    id: str
    kind: Literal["train", "reanalyse"]
    state: Literal["waiting", "running", "done", "failed"]
    total: int
    done: int
    model: str | None
    trouble: str | None


def review_view(row: sa.Row[Any]) -> ReviewView:
    """A row of the queue as clients see it."""
    return ReviewView(
        mention_id=row.mention_id,
        why="disputed" if row.state == "disputed" else "abstained",
        platform=row.platform,
        text=row.text,
        published_at=moment_of(row.published_ms),
        sentiment=row.sentiment,
        score=row.score,
        emotion=row.emotion,
        intents=msgspec.json.decode(row.intents),
        spam=row.spam,
        model=row.model,
    )


def model_view(row: sa.Row[Any]) -> ModelView:
    """A row of models as clients see it."""
    figures = msgspec.json.decode(row.figures)
    return ModelView(
        id=row.model_id, name=row.name, state=row.state, corrections=row.examples,
        before=figures["before"], after=figures["after"], lost=figures["lost"], made_at=moment_of(row.made_ms),
    )  # fmt: skip


def job_view(row: sa.Row[Any]) -> JobView:
    """A row of jobs as clients see it."""
    return JobView(
        id=row.job_id, kind=row.kind, state=row.state, total=row.total, done=min(row.done, row.total),
        model=row.model_id, trouble=row.trouble,
    )  # fmt: skip
