"""HTTP bodies of reading people."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Identifier = Annotated[str, Field(max_length=1_000)]


class Lookup(BaseModel):
    """Identifiers of one person; any that is known leads to them."""

    model_config = ConfigDict(extra="forbid")

    identifiers: dict[str, Identifier | dict[str, Identifier]] = Field(
        min_length=1, max_length=32, examples=[{"phone": "0912 345 678"}]
    )


class Found(BaseModel):
    """The person's id, as the client may know it."""

    subject_id: str


class FieldView(BaseModel):
    """A field as policy discloses it."""

    value: str | None = Field(description="None where withheld, or where nothing is known.")
    disclosure: Literal["clear", "masked", "token", "withheld"]
    reason: str


class PersonView(BaseModel):
    """A person for a purpose. `decision_id` names the entry of the audit trail."""

    subject_id: str
    fields: dict[str, FieldView]
    decision_id: str


class HeldView(BaseModel):
    """What a legal hold keeps of one record."""

    record_id: str
    source: str
    kind: str
    occurred_at: datetime
    record: Any = Field(description="The record, or of it what the hold names.")


class HeldList(BaseModel):
    """A page of what a legal hold keeps."""

    items: list[HeldView]
    next_cursor: str | None


class TimelineItemView(BaseModel):
    """One thing that happened with a person."""

    at: datetime
    kind: str
    channel: str
    record_id: str
    summary: str


class TimelineView(BaseModel):
    """A page of a person's timeline, newest first."""

    items: list[TimelineItemView]
    next_cursor: str | None
