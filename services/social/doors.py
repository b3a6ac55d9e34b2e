"""What the doors of every slice ask first: may this caller come in?"""

from typing import Any

from starlette.requests import Request

from kernel.errors import ScopeMissing
from kernel.web.internal import Caller

READING, WRITING = "social:read", "social:write"


def needs(scope: str) -> dict[str, Any]:
    """The OpenAPI part that says which scope a door wants."""
    return {"security": [{"oauth2": [scope]}]}


def admit(request: Request, scope: str) -> Caller:
    """The caller, if it holds `scope`. Raises ScopeMissing. Our own services need none."""
    caller: Caller = request.scope["caller"]
    if caller.kind != "service" and scope not in caller.scopes:
        raise ScopeMissing(f"This door wants the scope {scope}.")
    return caller
