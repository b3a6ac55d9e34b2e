"""HTTP bodies of records, and the OpenAPI schemas of what is decoded without pydantic."""

from datetime import datetime
from typing import Any, get_args

import msgspec
from pydantic import BaseModel, Field

from services.ingest.records.domain.receipts import Receipt, Receipts
from services.ingest.records.domain.wire import AnyRecord, Subject
from services.ingest.records.examples import example_of

COMPONENT = "#/components/schemas/"
RECORD = {"$ref": COMPONENT + "Record"}
RECEIPT = {"$ref": COMPONENT + "Receipt"}
RECEIPTS = {"$ref": COMPONENT + "Receipts"}


class ReasonView(BaseModel):
    """Why a record is not stored, or what was wrong with a part of it."""

    code: str
    pointer: str
    detail: str


class HistoryEntry(BaseModel):
    """One thing that happened to a record."""

    at: datetime
    event: str = Field(
        description="quarantined, contested, released, superseded, dismissed, expired, accepted, duplicate, conflict, erased"
    )
    quarantine_id: str | None = None
    reasons: list[ReasonView] | None = None


class TimelineBody(BaseModel):
    """Whose timeline: every id that the person has or had."""

    origins: list[str] = Field(min_length=1, max_length=10_000)
    limit: int = Field(50, ge=1, le=1_000)
    cursor: str | None = None


class TimelineItem(BaseModel):
    """One thing that happened; `summary` holds nothing that identifies somebody."""

    at: datetime
    kind: str
    channel: str
    record_id: str
    summary: str


class TimelinePage(BaseModel):
    """A page of a timeline, newest first."""

    items: list[TimelineItem]
    next_cursor: str | None


class TrustReason(BaseModel):
    """Evidence for (positive) or against trusting a record."""

    code: str
    weight: float = Field(description="Log-odds: reasons add up.")
    detail: str


class TrustView(BaseModel):
    """How far a record can be trusted, 0 to 1; 0.5 where nothing is known. It informs and refuses nobody."""

    score: float = Field(ge=0, le=1)
    reasons: list[TrustReason]


class History(BaseModel):
    """A record's receipt with its history and where it went."""

    id: str
    source: str | None
    status: str
    kind: str | None
    channel: str | None
    subject_id: str | None
    occurred_at: datetime | None
    received_at: datetime
    reasons: list[ReasonView] | None
    history: list[HistoryEntry]
    went_to: list[str] = Field(description="Topics that carry it on.")
    trust: TrustView | None = Field(description="Of a stored record, by the rules of today.")


class Received(BaseModel):
    """A record in a list."""

    id: str | None
    source: str | None
    status: str
    kind: str | None
    subject_id: str | None
    received_at: datetime
    quarantine_id: str | None = None
    reasons: list[ReasonView] | None = None


class ReceivedPage(BaseModel):
    """A page of received records, newest first."""

    items: list[Received]
    next_cursor: str | None


class RevealBody(BaseModel):
    """A grant as the gateway (or verify) made it."""

    grant: str = Field(max_length=8_192)


class Revealed(BaseModel):
    """The granted fields that are known, in canonical form."""

    fields: dict[str, str]


def wire_schemas() -> dict[str, Any]:
    """OpenAPI components of what is decoded without pydantic: `Record`, `Receipt`, `Receipts` and their parts."""
    _, components = msgspec.json.schema_components(
        [AnyRecord, Subject, Receipt, Receipts], ref_template=COMPONENT + "{name}"
    )
    kinds = [{"$ref": COMPONENT + kind.__name__} for kind in get_args(AnyRecord)]
    for kind in get_args(AnyRecord):
        components[kind.__name__]["examples"] = [example_of(kind.__struct_config__.tag)]
    mapping = {kind.__struct_config__.tag: COMPONENT + kind.__name__ for kind in get_args(AnyRecord)}
    components["Record"] = {
        "title": "Record",
        "anyOf": kinds,
        "discriminator": {"propertyName": "kind", "mapping": mapping},
    }
    return components
