"""HTTP bodies of consent."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

Purposes = Annotated[list[str], Field(min_length=1, max_length=8, examples=[["service", "marketing"]])]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Controller(_Body):
    """Who decides what the data is used for, as a notice names them."""

    name: str = Field(min_length=1, max_length=200, examples=["Công ty TNHH Mẫu"])
    contact: str = Field(min_length=1, max_length=300, examples=["quyenriengtu@mau.example"])


class NewNotice(_Body):
    """A notice as people will see it, in both languages."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$", examples=["core"])
    purposes: Purposes
    text: dict[str, Annotated[str, Field(min_length=1, max_length=20_000)]] = Field(
        description="By language; vi and en.", examples=[{"vi": "...", "en": "..."}]
    )
    controller: Controller | None = None
    recipients: list[Annotated[str, Field(min_length=1, max_length=64)]] | None = Field(
        None,
        max_length=200,
        description="Partners that may be told, by their key in the register or their client id; no other may. Absent: any.",
    )
    valid_days: int | None = Field(None, ge=1, le=3650, description="How long consent under it lasts.")
    renews: bool = Field(False, description="Asks everybody anew: consent to earlier versions is over.")

    @model_validator(mode="after")
    def _in_both_languages(self) -> "NewNotice":
        if set(self.text) != {"vi", "en"}:
            raise ValueError("text needs exactly vi and en")
        return self


class NoticeView(BaseModel):
    """An immutable version of a notice."""

    key: str
    version: int
    sha256: str
    purposes: list[str]
    text: dict[str, str]
    created_at: datetime
    controller: Controller | None = None
    recipients: list[str] | None = None
    valid_days: int | None = None
    renews: bool = False


class NoticePage(BaseModel):
    """A page of notices."""

    items: list[NoticeView]
    next_cursor: str | None


class AboutSomebody(_Body):
    subject_id: str | None = None
    identifiers: dict[str, Any] | None = Field(None, examples=[{"phone": "0912 345 678"}])

    @model_validator(mode="after")
    def _names_one(self) -> "AboutSomebody":
        if (self.subject_id is None) == (self.identifiers is None):
            raise ValueError("give either subject_id or identifiers")
        return self


class Guardian(_Body):
    """Who consents for a child under 16 (Law 91/2025)."""

    relation: Literal["parent", "guardian"]
    of_age_at: date = Field(description="The day on which the child turns 16.", examples=["2031-05-02"])
    child_agreed: bool = Field(
        False, description="From 7 years on, needed where private life is disclosed (`sharing`)."
    )


class NewConsent(AboutSomebody):
    """An act of consent. `captured_at` says when the person agreed."""

    notice: str = Field(max_length=64)
    version: int = Field(ge=1)
    purposes: Purposes
    method: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9 _-]{0,39}$",
        examples=["form", "sms", "call"],
        description="How it was given; `default` opens what was never withdrawn, and revives nothing.",
    )
    captured_at: AwareDatetime
    proof: str | None = Field(None, max_length=20_000, description="Kept as a hash only.")
    guardian: Guardian | None = Field(None, description="For a child: who consents, and until when.")


class Withdrawal(AboutSomebody):
    """Purposes to which the person no longer agrees; all of them when absent."""

    purposes: Purposes | None = None


class ConsentMade(BaseModel):
    """The evidence that was recorded."""

    id: str
    subject_id: str
    receipt: str = Field(description="Where the signed receipt is.")


class Withdrawn(BaseModel):
    """From `effective_at` on every read for these purposes is denied."""

    withdrawn: list[str]
    effective_at: datetime


class PurposeView(BaseModel):
    """Consent to one purpose."""

    in_force: bool
    granted_at: datetime | None
    withdrawn_at: datetime | None
    notice: str | None
    version: int | None
    expires_at: datetime | None = None


class ActView(BaseModel):
    """One act, newest first."""

    id: str
    act: str
    purposes: list[str]
    notice: str | None
    version: int | None
    method: str | None
    captured_at: datetime
    recorded_at: datetime
    expires_at: datetime | None = None
    guardian: str | None = None


class ConsentsView(BaseModel):
    """What a person consents to, and the acts that it rests on."""

    subject_id: str
    restricted: bool
    purposes: dict[str, PurposeView]
    items: list[ActView]
    next_cursor: str | None


class ReceiptView(BaseModel):
    """A consent receipt, shaped after ISO/IEC TS 27560, and the same signed (compact JWS, EdDSA)."""

    receipt: dict[str, Any]
    jws: str
