"""HTTP bodies of plans."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.ingest import moments
from services.ingest.plans.domain.hostile import MAX_BYTES
from services.ingest.plans.domain.plan import Plan, Rule, Rules, is_path, schema_of

Kind = Literal[
    "profile",
    "interaction",
    "transaction",
    "survey",
    "interview",
    "attendance",
    "referral",
    "feedback",
    "market_note",
]
Mode = Literal["enforce", "report", "off"]
Value = str | int | float | bool


class FieldRule(BaseModel):
    """What is promised of one field. One that is not required may be absent or null."""

    model_config = ConfigDict(extra="forbid")

    required: bool = False
    type: Literal["string", "integer", "number", "boolean", "object", "array"] | None = None
    enum: Annotated[list[Value], Field(min_length=1, max_length=500)] | None = None
    pattern: str | None = Field(None, max_length=500, description="Searched without backtracking.")
    minimum: float | None = None
    maximum: float | None = None
    max_length: int | None = Field(None, ge=0)

    def rule(self) -> Rule:
        """The rule as the domain has it."""
        given = self.model_dump()
        return Rule(**{**given, "enum": tuple(self.enum) if self.enum else None})


class PartSchemas(BaseModel):
    """JSON Schemas (draft 2020-12) of whole parts: references only to `#/$defs/<name>`, without circles."""

    model_config = ConfigDict(extra="forbid")

    payload: dict[str, Any] | None = None
    attributes: dict[str, Any] | None = None


EXAMPLE: dict[str, Any] = {
    "kind": "transaction",
    "mode": "enforce",
    "unknown_fields": "allow",
    "fields": {
        "payload.order_id": {"required": True},
        "payload.total": {"required": True, "type": "number", "minimum": 0},
        "payload.currency": {"enum": ["VND"]},
        "payload.items[].sku": {"required": True, "pattern": "^SP-[0-9]{4}$"},
        "subject.identifiers.phone": {"required": True, "type": "string"},
    },
}


class NewPlan(BaseModel):
    """The next version of a source's plan for one kind."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    kind: Kind
    mode: Mode = Field(
        "enforce",
        description="enforce: a record that breaks the plan waits in quarantine; report: it is stored and its receipt "
        "says so; off: nobody looks.",
    )
    unknown_fields: Literal["allow", "refuse"] = Field(
        "allow",
        description="refuse: nothing but the listed fields in the payload, and in attributes and identifiers where "
        "fields of theirs are listed.",
    )
    fields: dict[str, FieldRule] = Field(
        default_factory=dict,
        max_length=300,
        description="By path: payload.total, payload.items[].sku, subject.identifiers.phone, consent.method, ...",
    )
    schemas: PartSchemas = Field(default_factory=PartSchemas)

    @field_validator("fields")
    @classmethod
    def _paths(cls, fields: dict[str, FieldRule]) -> dict[str, FieldRule]:
        if not all(map(is_path, fields)):
            raise ValueError("a path starts with payload., subject.attributes., subject.identifiers., ...")
        return fields

    @field_validator("schemas")
    @classmethod
    def _small(cls, schemas: PartSchemas) -> PartSchemas:
        if len(msgspec.json.encode(schemas.model_dump())) > MAX_BYTES:
            raise ValueError(f"the schemas have more than {MAX_BYTES} bytes")
        return schemas

    def rules(self) -> Rules:
        """The rules as the domain has them."""
        fields = {path: one.rule() for path, one in self.fields.items()}
        schemas = {name: one for name, one in self.schemas.model_dump().items() if one is not None}
        return Rules(fields, self.unknown_fields, schemas)


class PlanView(BaseModel):
    """One version of a plan."""

    source: str
    kind: Kind
    version: int
    in_force: bool
    mode: Mode
    unknown_fields: Literal["allow", "refuse"]
    fields: dict[str, FieldRule]
    schemas: PartSchemas
    record_schema: dict[str, Any] = Field(
        description="JSON Schema (draft 2020-12) of a whole record, as `fields` and `unknown_fields` come to."
    )
    created_at: datetime


class PlanPage(BaseModel):
    """Versions of a source's plans, newest first."""

    items: list[PlanView]
    next_cursor: str | None


def view(plan: Plan, in_force: int) -> PlanView:
    """`plan` as clients see it; `in_force`: the version that is."""
    rules = plan.rules
    return PlanView(
        source=plan.source,
        kind=plan.kind,
        version=plan.version,
        in_force=plan.version == in_force,
        mode=plan.enforcement,
        unknown_fields=rules.unknown_fields,
        fields={path: FieldRule(**msgspec.to_builtins(rule)) for path, rule in rules.fields.items()},
        schemas=PartSchemas(**rules.schemas),
        record_schema=schema_of(rules),
        created_at=moments.moment_of(plan.created_at),
    )
