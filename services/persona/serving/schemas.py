"""HTTP bodies about one person's persona."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


class Assigned(BaseModel):
    """The persona a person belongs to."""

    persona_id: str
    study_id: str
    margin: float | None = Field(
        description="0: as near to the runner-up, 1: on the persona; null for RFM groups."
    )
    runner_up: str | None
    why: list[dict[str, Any]]
    change_to: dict[str, Any] | None = Field(description="What would make the runner-up as near.")
    assigned_at: datetime


class Abstained(BaseModel):
    """No answer, and why."""

    abstained: Literal[True]
    reason: str
    detail: str
