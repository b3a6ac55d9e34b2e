"""HTTP bodies of the audit trail."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


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


class AuditPage(BaseModel):
    """Entries, the newest first."""

    items: list[AuditEntry]
    next_cursor: str | None


class AuditVerdict(BaseModel):
    """Whether the chain holds."""

    ok: bool
    entries: int
    first_bad: str | None
