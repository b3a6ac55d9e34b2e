"""Body and answer of the door that starts campaigns."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.asking.schemas import AskBody
from gateway.campaigns.domain import MOST
from kernel.ids import UUID_PATTERN
from kernel.privacy.purposes import Purpose

Id = Annotated[str, Field(pattern=UUID_PATTERN)]


class CampaignToStart(BaseModel):
    """Whom to write to (exactly one of the four lists), by what, and how fast."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, examples=["Khách hàng tháng 11"])
    phones: list[Annotated[str, Field(max_length=64)]] | None = Field(None, min_length=1, max_length=MOST)
    subject_ids: list[Id] | None = Field(None, min_length=1, max_length=MOST)
    import_id: Id | None = Field(None, description="Everybody whom an import brought.")
    audience_id: Id | None = Field(None, description="Everybody in an audience.")
    purpose: Purpose = Field(description="What the proof is for; of letters: service.")
    channel: Literal["auto", "sms", "voice", "zalo", "email"] = Field(
        "sms", description="`email`: no code, but a letter with the person's own link to the notice of `ask`."
    )
    locale: Literal["vi", "en"] = "vi"
    pace_per_minute: int = Field(30, ge=1, le=600)
    hours: str = Field(
        "08:00-20:00",
        pattern=r"^\d\d:\d\d-\d\d:\d\d$",
        description="From and until when a day, in Vietnam; narrowed to what the law allows.",
    )
    budget_vnd: int = Field(ge=0, description="The campaign pauses before it would cost more.")
    ask: AskBody | None = Field(None, description="Letters only: which consent they ask for.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        lists = (self.phones, self.subject_ids, self.import_id, self.audience_id)
        if sum(one is not None for one in lists) != 1:
            raise ValueError("give exactly one of phones, subject_ids, import_id and audience_id")
        if self.channel == "email" and (self.phones is not None or self.purpose is not Purpose.SERVICE):
            raise ValueError("letters go to known people, whom they ask in the course of serving them")
        if self.channel != "email" and self.ask is not None:
            raise ValueError("only letters ask for consent")
        return self

    @property
    def list_field(self) -> str | None:
        """The field that names a list kept elsewhere."""
        return "import_id" if self.import_id else "audience_id" if self.audience_id else None


class CampaignStarted(BaseModel):
    """It runs from now on."""

    id: str
    people: int = Field(description="How many lines it has.")
    left_out: int = Field(
        0, description="Letters: who agreed already, said no before, or may not be reached for service."
    )
