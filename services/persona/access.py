"""The scopes of this service's doors, and the one purpose they open for."""

from kernel.errors import InvalidInput, PurposeMissing
from kernel.privacy.purposes import Purpose
from kernel.web.doors import declare
from kernel.web.internal import Caller

READING, WRITING = "personas:read", "personas:write"


def declare_profiling(caller: Caller, purpose: str | None) -> None:
    """Raises PurposeMissing without a purpose, InvalidInput for another than profiling, PurposeNotAllowed where the
    client may not declare it."""
    if not purpose:
        raise PurposeMissing("Say ?purpose=profiling.")
    if purpose != Purpose.PROFILING:
        raise InvalidInput("Portraits of a person are for the purpose profiling.")
    declare(caller, purpose)
