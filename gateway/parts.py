"""What the gateway's rooms share at run time: made once by `create_app`, found from any request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from gateway.clients.domain.pairwise import Pairwise
from gateway.clients.sessions import Sessions
from gateway.consent.notices import Notices
from gateway.keys import SigningKeys
from gateway.policy.together import Together
from gateway.privacy.domain import WorkingDays
from gateway.quotas import Quotas
from gateway.settings import GatewaySettings
from kernel.store.engine import Database
from kernel.web.asgi import ASGIApp
from kernel.web.doors import caller_of
from kernel.web.internal import InternalTokens
from kernel.web.vault import VaultDoors


@dataclass(frozen=True, slots=True)
class Parts:
    """Settings, database, keys and the way to the services."""

    settings: GatewaySettings
    database: Database
    signing: SigningKeys
    sessions: Sessions
    pairwise: Pairwise
    internal: InternalTokens
    upstreams: Mapping[str, ASGIApp]
    ingest: VaultDoors
    quotas: Quotas
    refusals: Quotas
    """Counts refused credentials by address."""
    working_days: WorkingDays
    audit_key: bytes = field(repr=False)
    ask_key: bytes = field(repr=False)
    account_key: bytes = field(repr=False)
    notices: Notices = field(default_factory=Notices)
    reads: Together[Any, Any] = field(default_factory=Together)
    """Decisions about reading that wait at the same moment."""


def parts_of(request: Request) -> Parts:
    """The parts of the app that serves `request`."""
    parts: Parts = request.app.state.parts
    return parts


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else "local"


def shown_id(request: Request, inner: str) -> str:
    """An id as the caller may see it: pairwise for partners."""
    caller = caller_of(request)
    return parts_of(request).pairwise.outer(caller.client_id, inner) if caller.is_partner else inner
