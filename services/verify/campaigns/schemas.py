"""Bodies of the campaign doors."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from kernel.ids import UUID_PATTERN
from kernel.privacy.purposes import Purpose
from services.verify.campaigns.domain import MOST_ITEMS, hours_of


class CampaignToStart(BaseModel):
    """A list to verify: either numbers or people."""

    name: str = Field(min_length=1, max_length=200, examples=["Khách hàng tháng 11"])
    phones: list[Annotated[str, Field(max_length=64)]] | None = Field(
        None, min_length=1, max_length=MOST_ITEMS
    )
    subject_ids: list[Annotated[str, Field(pattern=UUID_PATTERN)]] | None = Field(
        None,
        min_length=1,
        max_length=MOST_ITEMS,
        description="Known people with a phone: an import or a segment.",
    )
    purpose: Purpose
    channel: Literal["auto", "sms", "voice", "zalo"] = "sms"
    locale: Literal["vi", "en"] = "vi"
    pace_per_minute: int = Field(30, ge=1, le=600)
    hours: str = Field(
        "08:00-20:00", description="From and until when a day, in Vietnam; narrowed to what the law allows."
    )
    budget_vnd: int = Field(ge=0, description="The campaign pauses before it would cost more.")

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if (self.phones is None) == (self.subject_ids is None):
            raise ValueError("give either phones or subject_ids")
        hours_of(self.hours)
        return self


class Invited(BaseModel):
    """Somebody to invite, and where their own link leads."""

    subject_id: Annotated[str, Field(pattern=UUID_PATTERN)]
    link: str = Field(max_length=500, pattern="^https?://")


class InvitationsToSend(BaseModel):
    """Letters to people, as the gateway asks for them: it makes the links."""

    client_id: str
    name: str = Field(min_length=1, max_length=200)
    people: list[Invited] = Field(min_length=1, max_length=MOST_ITEMS)
    locale: Literal["vi", "en"] = "vi"
    pace_per_minute: int = Field(30, ge=1, le=600)
    hours: str = "08:00-20:00"
    budget_vnd: int = Field(ge=0)

    @model_validator(mode="after")
    def _hours_are_some(self) -> Self:
        hours_of(self.hours)
        return self


class CampaignStarted(BaseModel):
    """It runs from now on."""

    id: str


class CampaignView(BaseModel):
    """A campaign and how far it is."""

    id: str
    name: str
    state: Literal["running", "paused", "done", "canceled"]
    reason: str | None = Field(
        description="`budget`: it paused because the next message would cost too much."
    )
    channel: str
    hours: str
    pace_per_minute: int
    budget_vnd: int
    spent_vnd: int
    total: int
    items: dict[str, int] = Field(
        description="Lines by state: waiting, sent, verified, expired, exhausted, delivery_failed, refused, skipped,"
        " canceled; of invitations also handed, invited, unknown."
    )
    created_at: datetime
    ends_at: datetime


class CampaignSummary(BaseModel):
    """A campaign in the list."""

    id: str
    name: str
    state: str
    total: int
    spent_vnd: int
    created_at: datetime


class Campaigns(BaseModel):
    """A page, the oldest first."""

    items: list[CampaignSummary]
    next_cursor: str | None
