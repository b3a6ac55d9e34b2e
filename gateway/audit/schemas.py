"""HTTP bodies of the audit trail."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field


class AuditEntry(BaseModel):
    """One thing that was done or refused; ids only."""

    id: str
    at: datetime
    client_id: str
    action: str
    subject_id: str | None
    fields: list[str]
    purpose: str | None
    decision: Literal["allow", "deny"]
    reason: str
    decision_id: str | None
    context: dict[str, Any] | None = Field(description="What the decision rested on.")


class AuditPage(BaseModel):
    """Entries, the newest first."""

    items: list[AuditEntry]
    next_cursor: str | None


class AuditVerdict(BaseModel):
    """Whether the trail holds."""

    ok: bool
    entries: int
    first_bad: str | None = Field(description="The first entry that does not fit what is before it.")
    checkpoints: int
    trouble: str | None = Field(description="What else is wrong, in words.")


class Disclosed(BaseModel):
    """What a client was shown of a person for a purpose."""

    client_id: str
    subject_id: str | None
    purpose: str | None
    action: str
    fields: list[str]
    times: int
    first_at: datetime
    last_at: datetime


class ReadsList(BaseModel):
    """Who read what, the latest first."""

    items: list[Disclosed]


class CheckpointView(BaseModel):
    """The ends of all chains at a moment, as a compact JWS (see `/.well-known/jwks.json`)."""

    number: int
    at: datetime
    jws: str


class CheckpointPage(BaseModel):
    """Checkpoints in their order."""

    items: list[CheckpointView]
    next_cursor: str | None
