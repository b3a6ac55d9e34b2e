"""`privacy.requested`, `privacy.confirmed`: rights of the data subject, carried to every service. `privacy.alerted`."""

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


class Kept(msgspec.Struct, frozen=True):
    """What a legal hold keeps in spite of a request: readable for the purpose `legal` only, until it ends."""

    what: str
    count: int
    basis: str
    until: datetime


class ErasureConfirmed(Event, frozen=True, kw_only=True, omit_defaults=True):
    """`service` holds nothing of the person any more but what is `kept`, and passed the ends of its topics as they
    were then. When a hold ends later, one more says what was destroyed by that, and what is kept still.
    """

    request_id: str
    service: str
    destroyed: tuple[Destroyed, ...] = ()
    kept: tuple[Kept, ...] = ()


class AlertRaised(Event, frozen=True, kw_only=True, omit_defaults=True):
    """A privacy officer must look at something. It is about nobody by itself: `about` names the request or decision."""

    alert_id: str
    kind: str
    """`acknowledge-overdue`, `due-soon`, `overdue`, `emergency`, `audit-broken`."""
    about: str
    due_at: datetime | None = None
