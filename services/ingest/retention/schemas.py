"""HTTP bodies of retention."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from services.ingest import moments
from services.ingest.retention.domain import Rule
from services.ingest.retention.service import Finding


class RuleBody(BaseModel):
    """One rule."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", examples=["behaviour"])
    of: Literal["records", "quarantine", "lineage", "attempts"] = Field(
        "records",
        description="Records; items waiting in quarantine; traces of those that left it; traces of repeated records.",
    )
    days: int = Field(ge=1, le=36_525, description="After how many days it is deleted.", examples=[396])
    since: Literal["occurred", "received", "last_seen"] = Field(
        "received",
        description="Counted from when it happened, was received, or the person was last heard of.",
    )
    kinds: list[str] = Field([], description="Kinds of records.", examples=[["interaction"]])
    purpose: str | None = Field(
        None, description="Those kinds that this purpose opens and no rule names (service or analytics)."
    )
    reason: dict[str, str] = Field(
        description="Why so long and no longer, in vi and en.",
        examples=[{"vi": "Không lâu hơn mục đích cần.", "en": "No longer than the purpose needs."}],
    )

    def rule(self) -> Rule:
        """As the domain has it."""
        return msgspec.convert(self.model_dump(), Rule, strict=False)


class PolicyBody(BaseModel):
    """Rules to hold from now on."""

    active: bool = Field(description="Whether they are carried out at night.")
    rules: list[RuleBody] | None = Field(None, max_length=50, description="None: those that stand.")
    dry_run: str | None = Field(
        None,
        description="`dry_run` of the answer to a dry run of these very rules; needed to make them active.",
    )


class DryRunBody(BaseModel):
    """Rules to try; none: those that stand."""

    rules: list[RuleBody] | None = Field(None, max_length=50)


class PolicyView(BaseModel):
    """The rules as they stand. Version 0: the defaults, which nobody has made active."""

    version: int
    active: bool
    rules: list[RuleBody]
    changed_at: datetime | None
    changed_by: str | None


class Found(BaseModel):
    """What one rule would delete of one kind."""

    rule: str
    what: str = Field(description="A kind of record, or quarantine, lineage, attempts.")
    count: int
    oldest: datetime | None


class DryRun(BaseModel):
    """What would be deleted, had the night come."""

    dry_run: str = Field(description="Show it to make these rules active.")
    items: list[Found]
    total: int
    held: int = Field(description="Records that a legal hold keeps whatever the rules say.")


class Night(BaseModel):
    """What one night deleted."""

    day: str = Field(description="Date in Vietnam.", examples=["2026-11-24"])
    policy_version: int
    deleted: dict[str, int]
    started_at: datetime
    finished_at: datetime | None


class NightList(BaseModel):
    """The last nights, newest first."""

    items: list[Night]
    next_cursor: str | None = None


def found(finding: Finding) -> Found:
    """`finding` as clients see it."""
    oldest = None if finding.oldest is None else moments.moment_of(finding.oldest)
    return Found(rule=finding.rule, what=finding.what, count=finding.number, oldest=oldest)


def night(row: Any) -> Night:
    """A night's row as clients see it."""
    return Night(
        day=row.day,
        policy_version=row.policy_version,
        deleted=row.deleted,
        started_at=moments.moment_of(row.started_at),
        finished_at=None if row.finished_at is None else moments.moment_of(row.finished_at),
    )
