"""HTTP bodies of conflicts."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


class Conflict(BaseModel):
    """A record that came again with other content."""

    id: str
    record_id: str | None
    source: str | None
    kind: str | None
    received_at: datetime
    stored: Any = Field(description="What is stored, masked; null where it is there no more.")
    incoming: Any = Field(description="What came later, masked.")
    differs: list[str] = Field(description="JSON pointers to where they differ.")


class ConflictPage(BaseModel):
    """A page of open conflicts, oldest first."""

    items: list[Conflict]
    next_cursor: str | None


class Resolution(BaseModel):
    """Which version stays."""

    keep: Literal["stored", "incoming"]


class Resolved(BaseModel):
    """What became of the conflict."""

    id: str
    kept: Literal["stored", "incoming"]
    status: str = Field(
        description="`accepted`: the incoming version is stored now; `dismissed`: it was dropped; `quarantined`: it"
        " cannot be stored (see `reasons`), so that the stored one stays and the conflict is open."
    )
    record_id: str | None = None
    reasons: list[dict[str, str]] | None = None
