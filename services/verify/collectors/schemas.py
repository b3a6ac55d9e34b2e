"""Bodies of the collectors' door."""

from pydantic import BaseModel, Field


class ReasonView(BaseModel):
    """Why a collector is doubted: too-fast, same-answers, shared-device or shared-number."""

    code: str
    detail: str


class CollectorView(BaseModel):
    """A collector as the rules see it; a flag asks a person to look, it decides nothing."""

    id: str
    n: int = Field(description="Records.")
    score: float = Field(ge=0, le=1, description="0 honest, 1 false.")
    flagged: bool
    reasons: list[ReasonView]


class Collectors(BaseModel):
    """A page, in the order of ids."""

    items: list[CollectorView]
    next_cursor: str | None
