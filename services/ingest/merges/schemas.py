"""HTTP bodies of merges and suggestions."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Reason = Annotated[
    str,
    Field(min_length=1, max_length=1_000, description="Why; names and numbers in it are not kept."),
]


class MergeBody(BaseModel):
    """Who is to be read as whom."""

    model_config = ConfigDict(extra="forbid")

    source_id: str = Field(description="The id that gives way.")
    target_id: str = Field(description="The id that both are read as.")
    reason: Reason = Field(examples=["One customer, two cards"])


class SplitBody(BaseModel):
    """Which merge to undo."""

    model_config = ConfigDict(extra="forbid")

    merge_id: str
    reason: Reason = Field(examples=["Two people after all"])


class MergeView(BaseModel):
    """A merge, as it stands in the ledger."""

    merge_id: str
    subject_id: str = Field(description="Whom both are read as from now on.")
    source_id: str = Field(description="The id that gave way.")
    merge_version: int
    merged_at: datetime


class SplitView(BaseModel):
    """A merge that was undone: both are read as themselves."""

    merge_id: str
    subject_id: str = Field(description="Whom the source had been read as.")
    source_id: str = Field(description="The id that stands for itself again.")
    merge_version: int
    split_at: datetime


class AgreementView(BaseModel):
    """What one field says; never its values."""

    field: str
    level: str
    detail: str
    weight: float = Field(description="log2 of how much likelier this is for one person than for two.")


class SuggestionView(BaseModel):
    """Two people who may be one."""

    id: str
    a: str
    b: str
    probability: float
    evidence: list[AgreementView]
    found_by: Literal["rule", "model"]
    state: Literal["open", "accepted", "rejected"]
    created_at: datetime


class SuggestionPage(BaseModel):
    """A page of suggestions, the likeliest first."""

    items: list[SuggestionView]
    next_cursor: str | None


class AcceptView(BaseModel):
    """A suggestion that was accepted; `merge` is None where other merges had joined the two before."""

    id: str
    subject_id: str
    merge_id: str | None
    merge: MergeView | None


class RejectView(BaseModel):
    """A suggestion that was rejected: the two are not suggested again."""

    id: str
    state: Literal["rejected"]
