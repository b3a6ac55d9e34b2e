"""Bodies of the verification doors."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field, model_validator

from kernel.ids import UUID_PATTERN
from kernel.privacy.purposes import Purpose


class AskedFrom(BaseModel):
    """Where a wish for a code came from; kept as keyed hashes for a day, the collector as it is."""

    ip: str | None = Field(
        None, max_length=64, description="Address of the person's device, not of your server."
    )
    device_id: str | None = Field(None, max_length=200)
    collector_id: str | None = Field(None, max_length=100, description="Who took the number down.")


class VerificationToStart(BaseModel):
    """Whom to send a code, and what for: exactly one of `phone` and `subject_id`."""

    phone: str | None = Field(None, max_length=64, description="In any writing; a Vietnamese mobile number.")
    subject_id: str | None = Field(None, pattern=UUID_PATTERN, description="A known person with a phone.")
    channel: Literal["auto", "sms", "voice", "zalo"] = "auto"
    locale: Literal["vi", "en"] = "vi"
    purpose: Purpose = Field(description="What the proof is for; the client must be allowed to declare it.")
    method: Literal["code", "reverse"] = Field(
        "code", description="`reverse`: the customer sends us a word; there is no code to phish."
    )
    risk: Literal["normal", "high"] = Field("normal", description="`high`: a code of eight digits.")
    context: AskedFrom | None = Field(
        None, description="Where the wish came from, for the fraud guard's caps."
    )

    @model_validator(mode="after")
    def _one_recipient(self) -> Self:
        if (self.phone is None) == (self.subject_id is None):
            raise ValueError("give either phone or subject_id")
        return self


class DoubtView(BaseModel):
    """A rule of the fraud guard that holds (see `GET /v1/verify/guard`)."""

    code: str
    detail: str


class PendingView(BaseModel):
    """A verification that waits for its code; times are the server's."""

    id: str
    status: Literal["pending"]
    channel: Literal["sms", "voice", "zalo"]
    expires_at: datetime
    next_resend_at: datetime
    word: str | None = Field(
        None, description="Reverse: what the customer has to send us; show it to nobody else."
    )
    send_to: dict[str, str] | None = Field(None, description="Reverse: where to, by channel.")
    reasons: list[DoubtView] | None = Field(
        None, description="What the fraud guard doubts but did not block."
    )


class StatusView(BaseModel):
    """A verification as it stands; times are the server's."""

    id: str
    status: Literal["pending", "verified", "expired", "exhausted", "blocked", "canceled", "delivery_failed"]
    channel: Literal["sms", "voice", "zalo"]
    method: Literal["code", "reverse"]
    sends: int = Field(description="How often its code was sent, all channels together.")
    delivery: str | None = Field(
        None, description="Of the last sending: due, handed, sent, delivered, failed, late or unknown."
    )
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class CodeToCheck(BaseModel):
    """The code as the person entered it."""

    code: str = Field(max_length=64)


class ReceiptView(BaseModel):
    """What was proved. `number` is a keyed hash: equal for equal numbers of one client, of no use to another."""

    id: str
    verification_id: str
    method: str = Field(
        description="sms, voice or zalo; `reverse-sms`, `reverse-zalo` where the customer wrote."
    )
    purpose: Purpose
    verified_at: datetime
    number: str
    jws: str = Field(
        description="The receipt signed (EdDSA): check it offline with `/.well-known/verify-jwks.json` and your receipt key."
    )


class VerifiedView(BaseModel):
    """The code was right, and is used up."""

    id: str
    status: Literal["verified"]
    receipt: ReceiptView


class HeardView(BaseModel):
    """How many messages a report moved; one that is told twice moves nothing the second time."""

    applied: int
