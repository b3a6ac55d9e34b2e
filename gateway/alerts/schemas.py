"""HTTP bodies of alerts."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class AlertView(BaseModel):
    """What an officer must look at; ids only."""

    id: str
    kind: str = Field(
        description="acknowledge-overdue, due-soon, overdue (of a request), emergency (a seal was broken), audit-broken."
    )
    about: str = Field(description="The id of the request or decision.")
    at: datetime
    detail: dict[str, Any]
    closed_at: datetime | None


class AlertPage(BaseModel):
    """Alerts, the newest first."""

    items: list[AlertView]
    next_cursor: str | None
