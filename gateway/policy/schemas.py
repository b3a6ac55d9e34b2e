"""HTTP bodies of reading people."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

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


class Unsealing(BaseModel):
    """Which seals to break, and why."""

    model_config = ConfigDict(extra="forbid")

    fields: list[Annotated[str, Field(max_length=60)]] = Field(
        min_length=1, max_length=10, examples=[["national_id"]]
    )
    reason: str = Field(
        min_length=12,
        max_length=500,
        description="Kept and shown to the privacy officer; what identifies is taken out.",
        examples=["Khách bị lừa đảo, công an đề nghị đối chiếu giấy tờ"],
    )


Draft = Annotated[
    dict[str, Annotated[str, Field(max_length=50_000)]],
    Field(
        max_length=20,
        description="Files of the draft by name; those not named are as they are.",
        examples=[{"collectors.cedar": "// collectors see nothing"}],
    ),
]
FactName = Literal[
    "consent", "unrestricted", "purpose_granted", "field_granted", "represented", "named", "domestic"
]


class Simulation(BaseModel):
    """One request: a client (or a kind of client) asks for a purpose."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"kind": "partner", "purpose": "marketing", "fields": ["phone"]}]},
    )

    purpose: Literal[
        "service", "verification", "analytics", "profiling", "marketing", "research", "sharing", "legal"
    ]
    kind: Literal["collector", "internal", "operator", "partner", "privacy_officer"] | None = None
    client_id: str | None = Field(None, max_length=64, description="A registered client, in place of `kind`.")
    subject_id: str | None = Field(
        None, max_length=40, description="A person, whose facts are taken as they are."
    )
    facts: list[FactName] | None = Field(None, description="In place of a person's; all where absent.")
    fields: list[Annotated[str, Field(max_length=60)]] = Field([], max_length=60, description="All if empty.")
    policies: Draft = {}


class Step(BaseModel):
    """A disclosure that was tried, and the id of the policy that decided."""

    disclosure: Literal["clear", "token", "masked"]
    allowed: bool
    reason: str


class FieldSimulated(BaseModel):
    """What would be shown of a field, and why."""

    field_class: str
    disclosure: Literal["clear", "masked", "token", "withheld"]
    reason: str
    steps: list[Step]


class Simulated(BaseModel):
    """The answer that would be given. `facts`: what is so, and what is not."""

    kind: str
    purpose: str
    facts: dict[str, bool]
    allowed: bool
    reason: str
    fields: dict[str, FieldSimulated]


class Replay(BaseModel):
    """A draft, and which decisions to try it on."""

    model_config = ConfigDict(extra="forbid")

    policies: Draft
    since: AwareDatetime | None = Field(
        None, description="Decisions from then on; as many as below if absent."
    )
    decisions: int = Field(10_000, ge=1, le=100_000, description="The newest so many.")


class Changed(BaseModel):
    """What one client would be shown otherwise for one purpose: decisions by field and `now -> then`."""

    client_id: str
    purpose: str
    decisions: int
    gains: dict[str, dict[str, int]]
    loses: dict[str, dict[str, int]]


class Replayed(BaseModel):
    """How the draft differs from what was decided. An empty list: in nothing."""

    decisions: int
    changed: int
    clients: list[Changed]
