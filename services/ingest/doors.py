"""What the doors of every slice ask first: may this caller come in?"""

from typing import Any

from starlette.requests import Request

from kernel.errors import ScopeMissing
from kernel.web.internal import Caller
from services.ingest.errors import ScopeNeeded


def needs(scope: str) -> dict[str, Any]:
    """The OpenAPI part that says which scope a door wants."""
    return {"security": [{"oauth2": [scope]}], "x-scope": scope}


def admitted(request: Request, scope: str) -> Caller:
    """The caller, if it holds `scope`. Raises ScopeMissing. A service may do what its callers may."""
    caller: Caller = request.scope["caller"]
    require(caller, scope)
    return caller


def require(caller: Caller, scope: str) -> None:
    """Raises ScopeMissing where `caller` lacks `scope`."""
    if caller.kind != "service" and scope not in caller.scopes:
        raise ScopeMissing(f"This door wants the scope {scope}.")


def admitted_service(request: Request) -> Caller:
    """The calling service. Raises ScopeNeeded for anybody else."""
    caller: Caller = request.scope["caller"]
    if caller.kind != "service":
        raise ScopeNeeded()
    return caller
