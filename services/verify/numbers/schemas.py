"""Bodies of the number doors; items are `kernel.phone.PhoneReport` as it stands."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

MAX_PHONES = 10_000


class PhonesToCheck(BaseModel):
    """Numbers as they were written down."""

    phones: list[str] = Field(
        description=f"Up to {MAX_PHONES:,} numbers; more are refused with 413.",
        json_schema_extra={"maxItems": MAX_PHONES},
        examples=[["0912 345 678", "01212345678", "+84 28 3822 1234"]],
    )
    captured_at: datetime | date | None = Field(
        None, description="When they were written down: old numbers are read by the plan of that day."
    )


class InterpretationView(BaseModel):
    """One meaning; the priors of a number add up to 1."""

    e164: str
    as_: str = Field(alias="as")
    prior: float


class IssueView(BaseModel):
    """A remark; `code` is stable."""

    code: str
    detail: str


class PhoneView(BaseModel):
    """What is known about a number; carrier and region are those of its likeliest meaning."""

    input: str
    valid: bool
    e164: str | None
    type: Literal["mobile", "landline", "toll_free", "premium", "short_code", "unknown"]
    original_carrier: str | None
    region: str | None
    migrated_from: str | None
    interpretations: list[InterpretationView]
    issues: list[IssueView]


class PhoneReports(BaseModel):
    """One report a number, in the order of the request."""

    items: list[PhoneView]
    next_cursor: None = None
