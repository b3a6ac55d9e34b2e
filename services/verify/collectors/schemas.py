"""Bodies of the collectors' doors."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class ReasonView(BaseModel):
    """Why a collector or a record is doubted; `code` is stable."""

    code: str = Field(examples=["too-fast"])
    detail: str


class CollectorView(BaseModel):
    """A collector as the rules see it; a flag asks a person to look, it decides nothing."""

    id: str
    n: int = Field(description="Records.")
    score: float = Field(ge=0, le=1, description="0 honest, 1 false.")
    flagged: bool
    reasons: list[ReasonView] = Field(
        description="too-fast, same-answers, shared-device, shared-number, sequential-numbers, template-numbers,"
        " impossible-travel, overlapping, short-audio, back-check, quick-codes or found-false."
    )


class Collectors(BaseModel):
    """A page, in the order of ids."""

    items: list[CollectorView]
    next_cursor: str | None


class ReviewView(BaseModel):
    """A record that a rule doubts, for a person to look at."""

    record_id: str
    collector: str
    at: datetime
    score: float = Field(ge=0, le=1)
    reasons: list[ReasonView] = Field(
        description="too-fast, overlapping, impossible-travel, sequential-number, template-number, shared-number,"
        " short-audio, same-answers or back-check."
    )
    state: Literal["open", "false", "honest"]
    reviewed_at: datetime | None


class Reviews(BaseModel):
    """A page, the oldest records first."""

    items: list[ReviewView]
    next_cursor: str | None


class Verdict(BaseModel):
    """What a person found."""

    verdict: Literal["false", "honest"]
