"""HTTP bodies of the quarantine."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class QuarantineReason(BaseModel):
    """Why a record is not stored."""

    code: str
    pointer: str
    detail: str


class QuarantineItem(BaseModel):
    """A record that waits, masked."""

    id: str
    record_id: str | None
    source: str | None
    reasons: list[QuarantineReason]
    received_at: datetime
    record: Any = Field(description="As received, with everything personal masked.")


class QuarantinePage(BaseModel):
    """A page of waiting records, oldest first."""

    items: list[QuarantineItem]
    next_cursor: str | None
