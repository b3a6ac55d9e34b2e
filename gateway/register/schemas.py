"""HTTP bodies of the register."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.register.domain import Role
from kernel.ids import UUID_PATTERN

Words = Annotated[str, Field(max_length=2_000)]


class EntryToKeep(BaseModel):
    """Who receives personal data, where they are, and what a transfer abroad rests on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Loyalty Partner JSC",
                    "role": "recipient",
                    "country": "VN",
                    "purposes": ["sharing"],
                    "data": ["contact"],
                }
            ]
        },
    )

    name: str = Field(min_length=1, max_length=200)
    role: Role
    country: str = Field("VN", pattern="^[A-Z]{2}$", description="ISO 3166-1.")
    client_id: str | None = Field(None, pattern=UUID_PATTERN, description="The client that it reads by.")
    purposes: list[str] = Field(max_length=8)
    data: list[str] = Field(max_length=10, description="Classes of data.")
    basis: Words | None = Field(None, description="What a transfer abroad rests on.")
    safeguards: Words | None = Field(None, description="What protects the data there.")
    assessed_at: AwareDatetime | None = Field(
        None, description="When the transfer was assessed; without it nothing goes abroad."
    )
    ended_at: AwareDatetime | None = None


class EntryView(BaseModel):
    """An entry as it stands."""

    key: str
    name: str
    role: Role
    country: str
    client_id: str | None
    purposes: list[str]
    data: list[str]
    basis: str | None
    safeguards: str | None
    assessed_at: datetime | None
    changed_by: str
    changed_at: datetime
    ended_at: datetime | None


class EntryPage(BaseModel):
    """Entries by key."""

    items: list[EntryView]
    next_cursor: str | None
