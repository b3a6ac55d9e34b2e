"""HTTP bodies of the sandbox."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel


class TestClient(BaseModel):
    """A partner's test client: its secret is shown this once."""

    client_id: str
    client_secret: str


class InventedPerson(BaseModel):
    """Somebody who does not exist."""

    subject_id: str
    phone: str
    about: str


class InventedList(BaseModel):
    """The people of the sandbox."""

    items: list[InventedPerson]
    next_cursor: None = None


class OwnRequest(BaseModel):
    """A request of the client's that was decided about, as the audit trail has it."""

    at: datetime
    action: str
    subject_id: str | None
    purpose: str | None
    fields: list[str]
    decision: Literal["allow", "deny"]
    reason: str
    decision_id: str | None


class OwnRequestPage(BaseModel):
    """Requests, the newest first."""

    items: list[OwnRequest]
    next_cursor: str | None
