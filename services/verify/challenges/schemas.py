"""Bodies of the verification doors."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from kernel.ids import UUID_PATTERN
from kernel.privacy.purposes import Purpose


class VerificationToStart(BaseModel):
    """Whom to send a code, and what for: exactly one of `phone` and `subject_id`."""

    phone: str | None = Field(None, max_length=64, description="In any writing; a Vietnamese mobile number.")
    subject_id: str | None = Field(None, pattern=UUID_PATTERN, description="A known person with a phone.")
    channel: Literal["auto", "sms", "voice", "zalo"] = "auto"
    locale: Literal["vi", "en"] = "vi"
    purpose: Purpose = Field(description="What the proof is for; the client must be allowed to declare it.")

    @model_validator(mode="after")
    def _one_recipient(self) -> Self:
        if (self.phone is None) == (self.subject_id is None):
            raise ValueError("give either phone or subject_id")
        return self


class PendingView(BaseModel):
    """A verification that waits for its code; times are the server's."""

    id: str
    status: Literal["pending"]
    channel: Literal["sms", "voice", "zalo"]
    expires_at: datetime
    next_resend_at: datetime


class CodeToCheck(BaseModel):
    """The code as the person entered it."""

    code: str = Field(max_length=64)


class ReceiptView(BaseModel):
    """What was proved. `number` is a keyed hash: equal for equal numbers of one client, of no use to another."""

    id: str
    verification_id: str
    method: Literal["sms", "voice", "zalo"]
    purpose: Purpose
    verified_at: datetime
    number: str


class VerifiedView(BaseModel):
    """The code was right, and is used up."""

    id: str
    status: Literal["verified"]
    receipt: ReceiptView
