"""HTTP bodies about studies and runs."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ConditionBody(_Body):
    """`field op value`; fields of GET /v1/attributes, `answer:<question>`, channel, source, province, gender, age."""

    field: str = Field(max_length=200)
    op: Literal["eq", "ne", "in", "gt", "gte", "lt", "lte", "exists"]
    value: Any = None


class Audience(_Body):
    """Conditions that must all hold; none: everyone who consented."""

    all: list[ConditionBody] = Field(default=[], max_length=50)


class SuccessMetric(_Body):
    """How it will be judged whether the personas helped."""

    kind: str
    horizon_days: int


class WindowBody(_Body):
    """The time looked at, [from, to); the last 365 days where not said."""

    start: datetime | None = Field(default=None, alias="from")
    end: datetime | None = Field(default=None, alias="to")


class Refresh(_Body):
    """When the study is run again by itself: `every_days` after the last run."""

    every_days: int = Field(ge=1, le=365)


class StudyBody(_Body):
    """A study: refused with 422 without an objective or a metric."""

    name: str = Field(max_length=200)
    objective: str = Field(max_length=2000)
    success_metric: SuccessMetric
    audience: Audience = Audience()
    purpose: str = "profiling"
    window: WindowBody = WindowBody()
    max_personas: int = 12
    refresh: Refresh | None = Field(default=None, description="None: only when asked.")


class Created(BaseModel):
    """The id of what was made."""

    id: str


class StudyView(BaseModel):
    """A study as it was asked for, with the run that stands for it now."""

    id: str
    name: str
    objective: str
    audience: dict[str, Any]
    success_metric: dict[str, Any]
    purpose: str
    window: dict[str, Any]
    max_personas: int
    refresh: dict[str, int] | None = None
    created_at: datetime
    published_run: str | None


class Coverage(BaseModel):
    """What there is to work with."""

    customers: int = Field(description="People with facts in the window who fit the audience.")
    with_consent: int = Field(description="Of those, with profiling in force: whom a run looks at.")
    facts: int = Field(description="Facts of those with consent.")
    facts_until: datetime = Field(description="Time of receipt up to which every fact is in.")
    interactions_median: float | None = Field(description="Records a person, median of those with consent.")
    enough: bool
    missing: list[dict[str, str]]


class RunView(BaseModel):
    """A run: its state and, at the end, what came of it."""

    id: str
    study_id: str
    state: Literal["queued", "running", "done", "failed", "refused"]
    progress: float
    stage: str
    quality: dict[str, Any]
    reasons: list[dict[str, str]]
    personas: list[str]
    created_at: datetime
    finished_at: datetime | None
