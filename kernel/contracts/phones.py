"""`phones.verified`: what is known about a number, by blind index; never the number."""

from datetime import datetime

from kernel.contracts.event import Event


class PhoneVerified(Event, frozen=True, kw_only=True, omit_defaults=True):
    """The holder proved possession of the number behind `index` for `purpose`."""

    index: str | None
    """Blind index (base64url) as in `records.accepted`; None where the number is of nobody known."""
    verification_id: str
    purpose: str
    method: str
    """sms, voice or zalo; `reverse-` before it where the customer wrote to us."""
    verified_at: datetime
    kind: str = "possession"
    """What was proved: `possession` (the holder has it in hand) or `reachable` (a message arrived)."""
    confidence: float = 1.0
    """How sure it is that the number is its person's, at `verified_at`, all evidence together; it decays."""
    half_life_days: int = 365
    """Days after which half of this evidence is left: numbers are given to others."""
