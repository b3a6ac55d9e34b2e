"""Who may pass verify's doors: the scope a door names in its OpenAPI is the one it asks for."""

from typing import Any

from starlette.requests import Request

from kernel.errors import PurposeNotAllowed, ScopeMissing
from kernel.web.internal import Caller

SENDING = "verify:write"
OVERSIGHT = "audit:read"
"""Scores of collectors are about staff: those who collect do not read them."""


def scoped(scope: str) -> dict[str, Any]:
    """The part of a route's OpenAPI that names its scope."""
    return {"security": [{"oauth2": [scope]}], "x-scope": scope}


def caller_with(request: Request, scope: str) -> Caller:
    """The caller of `request`. Raises ScopeMissing where it lacks `scope`; our own services need none."""
    caller: Caller = request.scope["caller"]
    if caller.kind != "service" and scope not in caller.scopes:
        raise ScopeMissing(f"This door needs the scope {scope}.")
    return caller


def declare(caller: Caller, purpose: str) -> None:
    """Raises PurposeNotAllowed where the client may not declare `purpose`."""
    if caller.kind != "service" and purpose not in caller.purposes:
        raise PurposeNotAllowed(f"The client may not declare the purpose {purpose}.")
