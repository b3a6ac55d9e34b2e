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
    """sms, voice or zalo."""
    verified_at: datetime
