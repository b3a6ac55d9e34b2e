"""HTTP bodies of the record of processing and the drafts."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Words = Annotated[str, Field(max_length=5_000)]


class PurposeUse(BaseModel):
    """A purpose: the notices that ask for it, and the clients that may declare it."""

    purpose: str
    notices: list[str]
    clients: list[str]


class FieldHeld(BaseModel):
    """A field with its labels."""

    model_config = ConfigDict(populate_by_name=True)

    field: str
    field_class: str = Field(alias="class")
    tier: str
    legal: str
    sealed: bool


class Inventory(BaseModel):
    """The record of processing, generated from what is really configured and held."""

    generated_at: datetime
    controller: str
    profile: str = Field(description="Which duties apply: standard, small, household.")
    people: int
    children: int
    purposes: list[PurposeUse]
    fields: list[FieldHeld]
    families: list[dict[str, Any]]
    sources: list[dict[str, Any]]
    clients: list[dict[str, Any]]
    notices: list[dict[str, Any]]
    recipients: list[dict[str, Any]]
    retention: list[dict[str, Any]]
    retention_active: bool
    requests: dict[str, Any]
    emergencies: int = Field(description="How often a seal was broken.")
    measures: list[str]


class Breach(BaseModel):
    """What is known of a breach. Whom and what it reached is read from the audit trail."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "detected_at": "2026-11-24T08:00:00+07:00",
                    "since": "2026-11-23T00:00:00+07:00",
                    "until": "2026-11-24T08:00:00+07:00",
                    "description": "Khoá của một đối tác bị lộ.",
                }
            ]
        },
    )

    detected_at: AwareDatetime
    since: AwareDatetime
    until: AwareDatetime
    client_id: str | None = Field(None, max_length=64, description="By this client; by anybody where absent.")
    subject_id: str | None = Field(None, max_length=40)
    description: Words = ""
    cause: Words = ""
    consequences: Words = ""
    measures: Words = ""
