"""Who may pass this service's doors: the scope a door names in its OpenAPI is the one it asks for."""

from typing import Any

from starlette.requests import Request

from kernel.errors import InvalidInput, PurposeMissing, PurposeNotAllowed, ScopeMissing
from kernel.web.internal import Caller

READING, WRITING = "personas:read", "personas:write"
PROFILING = "profiling"


def scoped(scope: str) -> dict[str, Any]:
    """The part of a route's OpenAPI that names its scope."""
    return {"security": [{"oauth2": [scope]}]}


def admit(request: Request, scope: str) -> Caller:
    """The caller of `request`. Raises ScopeMissing where it lacks `scope`; our own services need none."""
    caller: Caller = request.scope["caller"]
    if caller.kind != "service" and scope not in caller.scopes:
        raise ScopeMissing(f"This door needs the scope {scope}.")
    return caller


def declare_profiling(caller: Caller, purpose: str | None) -> None:
    """Raises PurposeMissing without a purpose, InvalidInput for another than profiling, PurposeNotAllowed where the
    client may not declare it."""
    if not purpose:
        raise PurposeMissing("Say ?purpose=profiling.")
    if purpose != PROFILING:
        raise InvalidInput("Portraits of a person are for the purpose profiling.")
    if caller.kind != "service" and purpose not in caller.purposes:
        raise PurposeNotAllowed("The client may not declare the purpose profiling.")
