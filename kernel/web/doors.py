"""What a service's doors ask first: who is asking, and may they come in?

The scope that `needs` writes into a door's OpenAPI is the one that the door passes to `admitted`.
"""

from typing import Any

from starlette.requests import Request

from kernel.errors import NotFound, PurposeNotAllowed, ScopeMissing
from kernel.ids import canonical_id
from kernel.web.internal import Caller


def needs(scope: str) -> dict[str, Any]:
    """The part of a route's `openapi_extra` that names its scope."""
    return {"security": [{"oauth2": [scope]}]}


def caller_of(request: Request) -> Caller:
    """Who is asking, as the edge (or, in a service, the internal token) established it."""
    caller: Caller = request.scope["caller"]
    return caller


def admitted(request: Request, scope: str) -> Caller:
    """The caller, if it holds `scope`. Raises ScopeMissing. A service may do what its callers may."""
    caller = caller_of(request)
    require(caller, scope)
    return caller


def admitted_service(request: Request) -> Caller:
    """The calling service. Raises ScopeMissing for anybody else."""
    caller = caller_of(request)
    if caller.kind != "service":
        raise ScopeMissing("Only services may use this door.")
    return caller


def require(caller: Caller, scope: str) -> None:
    """Raises ScopeMissing where `caller` lacks `scope`; our own services need none."""
    if caller.kind != "service" and scope not in caller.scopes:
        raise ScopeMissing(f"This door needs the scope {scope}.")


def id_in(path_part: str, nothing: str) -> str:
    """The canonical id in a path. Raises NotFound, saying `nothing`, where it can be nothing's id."""
    found = canonical_id(path_part)
    if found is None:
        raise NotFound(nothing)
    return found


def declare(caller: Caller, purpose: str) -> None:
    """Raises PurposeNotAllowed where the client may not declare `purpose`; our own services may any."""
    if caller.kind != "service" and purpose not in caller.purposes:
        raise PurposeNotAllowed(f"The client may not declare the purpose {purpose}.")
