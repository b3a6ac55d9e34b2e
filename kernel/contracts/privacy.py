"""`privacy.requested` and `privacy.confirmed`: rights of the data subject, carried to every service."""

from datetime import datetime

import msgspec

from kernel.contracts.event import Event


class ErasureRequested(Event, frozen=True, kw_only=True, omit_defaults=True):
    """Every service destroys what it holds of `origins` and confirms."""

    request_id: str
    origins: tuple[str, ...]


class Destroyed(msgspec.Struct, frozen=True):
    """What one store destroyed for a request."""

    store: str
    what: str
    count: int
    at: datetime


class ErasureConfirmed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`service` holds nothing of the person any more and passed the ends of its topics as they were then."""

    request_id: str
    service: str
    destroyed: tuple[Destroyed, ...] = ()
