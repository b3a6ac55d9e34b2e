"""HTTP bodies of privacy requests."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.consent.schemas import AboutSomebody, Purposes
from gateway.privacy.domain import Kind, State

Words = Annotated[str, Field(max_length=2000, description="In words; what identifies is taken out.")]


class NewRequest(AboutSomebody):
    """What a person asks for, and who it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"type": "erase", "identifiers": {"phone": "0912 345 678"}}]},
    )

    type: Kind
    purposes: Purposes | None = Field(
        None, description="What an objection ends; all that is not needed for a service where absent."
    )
    reason: Words | None = None


class Filed(BaseModel):
    """A request that was taken in."""

    id: str
    state: State
    acknowledge_by: datetime
    due_at: datetime


class Answer(BaseModel):
    """Why a request is decided so."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=3, max_length=2000)]


class RequestView(BaseModel):
    """A request as it stands. `confirmations`: for an erasure, when each service was done."""

    id: str
    type: Kind
    state: State
    subject_id: str
    purposes: list[str]
    reason: str | None
    answer: str | None
    filed_at: datetime
    acknowledge_by: datetime
    due_at: datetime
    acknowledged_at: datetime | None
    extended: bool
    overdue: bool
    acknowledge_overdue: bool
    decided_at: datetime | None
    done_at: datetime | None
    confirmations: dict[str, datetime | None]


class RequestPage(BaseModel):
    """A page of requests, the newest first."""

    items: list[RequestView]
    next_cursor: str | None


class DestroyedView(BaseModel):
    """What one store of one service destroyed."""

    service: str
    store: str
    what: str
    count: int
    at: datetime


class KeptView(BaseModel):
    """What a legal hold keeps: nobody but a privacy officer reads it, for the purpose `legal` alone."""

    what: str
    count: int
    basis: str
    until: datetime


class CertificateView(BaseModel):
    """What an erasure destroyed. `signature` is a compact JWS over all the rest (see `/.well-known/jwks.json`).

    `log_expires_at`: when the last pseudonymous event of the person leaves the event log by its retention.
    """

    request_id: str
    subject_id: str
    requested_at: datetime
    completed_at: datetime
    log_expires_at: datetime
    destroyed: list[DestroyedView]
    kept: list[KeptView]
    signature: str
