"""HTTP bodies of merging people."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Reason = Annotated[
    str, Field(min_length=1, max_length=1_000, description="Why; names and numbers in it are not kept.")
]


class Merge(BaseModel):
    """Who is to be read as whom."""

    model_config = ConfigDict(extra="forbid")

    source_id: str = Field(description="The id that gives way.")
    target_id: str = Field(description="The id that both are read as.")
    reason: Reason = Field(examples=["One customer, two cards"])


class Split(BaseModel):
    """Which merge to undo."""

    model_config = ConfigDict(extra="forbid")

    merge_id: str
    reason: Reason = Field(examples=["Two people after all"])


class Merged(BaseModel):
    """A merge, in force when this is answered."""

    merge_id: str
    subject_id: str = Field(description="Whom both are read as from now on.")
    source_id: str = Field(description="The id that gave way.")
    merged_at: datetime


class Parted(BaseModel):
    """A merge that was undone: both are read as themselves."""

    merge_id: str
    subject_id: str = Field(description="Whom the source had been read as.")
    source_id: str = Field(description="The id that stands for itself again.")
    split_at: datetime


class Accepted(BaseModel):
    """A suggestion that was accepted; no merge where others had joined the two before."""

    id: str
    subject_id: str
    merge_id: str | None
