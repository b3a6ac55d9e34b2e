"""HTTP bodies of consent."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from gateway.consent.domain import METHODS
from kernel.privacy.purposes import Purpose

Purposes = Annotated[list[Purpose], Field(min_length=1, max_length=len(Purpose))]


class NoticeText(BaseModel):
    """What people are told, in both languages."""

    vi: str = Field(min_length=1, max_length=100_000)
    en: str = Field(min_length=1, max_length=100_000)


class NewNotice(BaseModel):
    """A new version of a notice."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    purposes: Purposes
    text: NoticeText


class Notice(BaseModel):
    """One immutable version; `sha256` is over the text as JSON with sorted keys and no spaces."""

    key: str
    version: int
    sha256: str
    purposes: list[str]
    text: NoticeText
    created_at: datetime


class NoticePage(BaseModel):
    """Notices by key and version."""

    items: list[Notice]
    next_cursor: str | None


class _Person(BaseModel):
    model_config = ConfigDict(extra="forbid")

    subject_id: str | None = Field(None, max_length=40)
    identifiers: dict[str, Any] | None = Field(None, min_length=1, max_length=32)

    @model_validator(mode="after")
    def _name_one_person(self) -> Self:
        if (self.subject_id is None) == (self.identifiers is None):
            raise ValueError("give subject_id or identifiers, one of them")
        return self


class NewConsent(_Person):
    """An act of consent: who, to what, under which notice, how and when."""

    notice: str = Field(max_length=64)
    version: int = Field(ge=1)
    purposes: Purposes
    method: str = Field(examples=["web"], description=f"One of: {', '.join(METHODS)}.", max_length=40)
    captured_at: AwareDatetime
    proof: str | None = Field(None, max_length=10_000, description="Only its SHA-256 is kept.")


class ConsentGiven(BaseModel):
    """The act as recorded; `receipt` is its signed receipt (a compact JWS)."""

    id: str
    subject_id: str
    receipt: str


class Withdrawal(_Person):
    """Purposes to withdraw; absent: all."""

    purposes: Purposes | None = None


class Withdrawn(BaseModel):
    """What no longer is in force, from this moment on."""

    withdrawn: list[str]
    effective_at: datetime


class PurposeView(BaseModel):
    """One purpose of a person."""

    in_force: bool
    granted_at: datetime | None
    withdrawn_at: datetime | None
    notice: str | None
    version: int | None


class ActView(BaseModel):
    """One act as it was recorded."""

    id: str
    act: str
    purposes: list[str]
    notice: str | None
    version: int | None
    method: str | None
    captured_at: datetime
    recorded_at: datetime


class ConsentsPage(BaseModel):
    """A person's consents: what is in force, and the acts it rests on, the newest first."""

    subject_id: str
    restricted: bool
    purposes: dict[str, PurposeView]
    items: list[ActView]
    next_cursor: str | None


class Receipt(BaseModel):
    """A receipt in the shape of ISO/IEC TS 27560, and the same signed (a compact JWS over it)."""

    receipt: dict[str, Any]
    signature: str
