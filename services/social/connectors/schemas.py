"""Bodies of the connector routes."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.social.connectors.domain.terms import TERMS, Kind
from services.social.mentions.domain.moments import moment_of

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


class NewConnector(BaseModel):
    """A source to listen to. `options` are shown again, `secrets` never."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"kind": "rss", "name": "Báo Hiên", "options": {"url": "https://example.com/feed.xml"}}
            ]
        },
    )

    kind: Kind
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    options: dict[str, Word] = Field(
        default_factory=dict,
        description="rss: url, platform; youtube: channel or video; meta: page or instagram; zalo: app_id.",
    )
    secrets: dict[str, Word] = Field(
        default_factory=dict,
        description="youtube: api_key; meta: secret, verify_token, access_token; zalo, tiktok, webhook: secret.",
    )
    retention_days: int | None = Field(
        None, ge=1, le=3_650, description="Shorter than the terms say, if wished."
    )


class ConnectorMade(BaseModel):
    """`url` is where the platform sends to; `secret` is told here only, and null where it was given."""

    id: str
    url: str | None
    secret: str | None


class TermsView(BaseModel):
    """What the source allows. `deletion`: how it tells of removals."""

    retention_days: int | None
    linkable: bool
    deletion: str


class ConnectorView(BaseModel):
    """A connector and its health: `trouble` is a code (null: it is well), `failures` those in a row."""

    id: str
    kind: Kind
    name: str
    options: dict[str, str]
    terms: TermsView
    enabled: bool
    taken: int
    heard_at: datetime | None
    next_read_at: datetime | None
    failures: int
    trouble: str | None


class ConnectorPage(BaseModel):
    """Connectors, oldest first."""

    items: list[ConnectorView]
    next_cursor: str | None


class Called(BaseModel):
    """What became of a call: mentions by status, and how many were deleted."""

    mentions: dict[str, int]
    removed: int


class Deleted(BaseModel):
    """Meta's answer to a data deletion request: where to look, and the code of it."""

    url: str
    confirmation_code: str


def path_of(kind: Kind, connector_id: str) -> str | None:
    """Where a platform sends to; None where it is only read from."""
    return None if kind in ("rss", "youtube") else f"/webhooks/social/{connector_id}"


def view(row: sa.Row[Any]) -> ConnectorView:
    """A row as clients see it."""
    terms = TERMS[row.kind]
    return ConnectorView(
        id=row.connector_id,
        kind=row.kind,
        name=row.name,
        options=msgspec.json.decode(row.options),
        terms=TermsView(retention_days=row.retention_days, linkable=terms.linkable, deletion=terms.deletion),
        enabled=row.enabled,
        taken=row.taken,
        heard_at=None if row.heard_ms is None else moment_of(row.heard_ms),
        next_read_at=None if row.next_ms is None else moment_of(row.next_ms),
        failures=row.failures,
        trouble=row.trouble,
    )
