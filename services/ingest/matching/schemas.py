"""HTTP bodies of matching jobs."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class JobQueued(BaseModel):
    """A job that was queued."""

    id: str


class JobView(BaseModel):
    """How far a job is."""

    id: str
    state: Literal["queued", "running", "done", "failed"]
    stage: str
    progress: float = Field(description="0 to 1.")
    people: int | None
    suggestions: int | None
    threshold: float | None = Field(description="The probability from which pairs are suggested.")
    threshold_basis: str | None = Field(
        description="`default`, or the settled suggestions it was learnt from."
    )
    reason: str | None
    created_at: datetime
    ended_at: datetime | None
