"""Bodies of the evidence doors."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from kernel.privacy.purposes import Purpose


class NumberToAsk(BaseModel):
    """Which number, and what for."""

    phone: str = Field(max_length=64, description="In any writing; a Vietnamese mobile number.")
    purpose: Purpose = Field(description="Why it is asked; the client must be allowed to declare it.")


class FindingView(BaseModel):
    """One evidence as it stands now."""

    kind: Literal["format", "reachable", "possession", "consent"]
    ok: bool = Field(description="False: the opposite was seen (a message did not arrive).")
    at: datetime
    method: str
    confidence: float = Field(description="What is left of it after its decay, 0 to 1.")
    half_life_days: int


class NumberEvidence(BaseModel):
    """How sure it is that a number is its person's."""

    confidence: float = Field(ge=0, le=1, description="All evidence together, now.")
    recycled: bool = Field(description="Somebody else proved possession of it before.")
    evidence: list[FindingView]


class ReceiptKey(BaseModel):
    """The key by which this client recognises numbers in its receipts; keep it like a password."""

    key: str = Field(description="32 bytes, base64url without padding.")


class Jwks(BaseModel):
    """A JWK Set (RFC 7517)."""

    keys: list[dict[str, str]]
