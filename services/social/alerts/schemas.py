"""Bodies of the alert routes."""

from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.social.mentions.domain.moments import moment_of

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@]+$", max_length=2_000)]


class NewAlert(BaseModel):
    """Who is told of spikes of a topic."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"url": "https://example.com/hooks/spikes"}]}
    )

    url: Address
    topic: str | None = Field(None, description="Id of a topic; without it all mentions.")
    cooldown_hours: int = Field(24, ge=1, le=720, description="So long nothing more is told after a call.")


class AlertMade(BaseModel):
    """The secret signs the calls (Standard Webhooks) and is told here only."""

    id: str
    secret: str


class AlertView(BaseModel):
    """An alert; `trouble`: why its receiver could not be told, null where all is well."""

    id: str
    topic: str | None
    url: str
    cooldown_hours: int
    enabled: bool
    told_at: datetime | None
    failures: int
    trouble: str | None


class AlertPage(BaseModel):
    """Alerts, oldest first."""

    items: list[AlertView]
    next_cursor: str | None


def view(row: sa.Row[Any]) -> AlertView:
    """A row as clients see it."""
    return AlertView(
        id=row.alert_id,
        topic=row.topic_id,
        url=row.url,
        cooldown_hours=row.cooldown_h,
        enabled=row.enabled,
        told_at=None if row.told_ms is None else moment_of(row.told_ms),
        failures=row.failures,
        trouble=row.trouble,
    )
