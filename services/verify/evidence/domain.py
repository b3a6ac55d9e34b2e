"""What a verification proves."""

from base64 import urlsafe_b64encode
from datetime import datetime
from typing import NamedTuple


class Proof(NamedTuple):
    """The holder of a number entered the code that was sent to it."""

    id: str
    verification_id: str
    client_id: str
    subject: str | None
    blind_index: str | None
    """The number's blind index as ingest keeps it; None where the number is of nobody known."""
    method: str
    purpose: str
    number_hash: bytes
    """Keyed, and different for each client: two clients cannot join what they hold by it."""
    verified_at: datetime

    @property
    def number(self) -> str:
        """`number_hash` as text, base64url without padding."""
        return urlsafe_b64encode(self.number_hash).decode().rstrip("=")
