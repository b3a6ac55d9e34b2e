"""HTTP bodies of campaigns. Money is in đồng, which has no minor unit."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from services.ingest import moments
from services.ingest.campaigns.domain import VALID_FROM, Medium, cost
from services.ingest.campaigns.service import Spent, Told

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
MOST_VND = 10**15


class SpendBody(BaseModel):
    """What was spent on a day."""

    spent_on: date
    amount: int = Field(ge=-MOST_VND, le=MOST_VND, description="VND; negative takes an entry back.")
    note: Line | None = None

    def entry(self) -> Spent:
        """As the domain has it."""
        return Spent(self.spent_on, self.amount, self.note)


class NewCampaign(BaseModel):
    """A campaign to register."""

    key: str | None = Field(
        None,
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$",
        description="What responses name as `payload.campaign`; made of the name where absent.",
    )
    name: Line = Field(examples=["Tết 2027 – TVC"])
    medium: Medium
    creative: Line | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    spend: list[SpendBody] = Field([], max_length=1_000)

    def row(self) -> dict[str, Any]:
        """The campaign itself."""
        return self.model_dump(exclude={"spend"})


class SpendEntries(BaseModel):
    """Spend to add."""

    spend: list[SpendBody] = Field(min_length=1, max_length=1_000)


class Spend(BaseModel):
    """A spend entry."""

    id: str
    spent_on: date
    amount: int
    note: str | None


class Campaign(BaseModel):
    """A campaign and what came of it until now. Nobody is named: these are counts."""

    id: str
    key: str
    name: str
    medium: Medium
    creative: str | None
    starts_on: date | None
    ends_on: date | None
    created_at: datetime
    spend: list[Spend]
    spent: int
    currency: str = "VND"
    leads: int = Field(
        description="Stored records that name it; duplicates, undone and erased ones do not count."
    )
    people: int
    valid: int = Field(
        description="Those of the records whose person proved to hold their phone, with a trust of `valid_from` or more."
    )
    doubted: int = Field(
        description="Records with less trust than that; they count as leads, never as valid."
    )
    valid_from: float = Field(VALID_FROM, description="The trust from which on a record is valid.")
    cost_per_lead: int | None
    cost_per_valid: int | None


class CampaignPage(BaseModel):
    """A page of campaigns, newest first."""

    items: list[Campaign]
    next_cursor: str | None


def view(told: Told) -> Campaign:
    """A campaign as clients see it."""
    row, tally = told.row, told.tally
    return Campaign(
        id=row.id,
        key=row.key,
        name=row.name,
        medium=row.medium,
        creative=row.creative,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        created_at=moments.moment_of(row.created_at),
        spend=[
            Spend(id=one.id, spent_on=one.spent_on, amount=one.amount, note=one.note) for one in told.spend
        ],
        spent=tally.spend,
        leads=tally.leads,
        people=tally.people,
        valid=tally.valid,
        doubted=tally.doubted,
        cost_per_lead=cost(tally.spend, tally.leads),
        cost_per_valid=cost(tally.spend, tally.valid),
    )
