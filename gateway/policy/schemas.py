"""HTTP bodies of reading people."""

from typing import Annotated, Literal

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
