"""The period of a question: `?from=&to=`, as two doors take it."""

from typing import Annotated

from fastapi import Query

from kernel.errors import FieldError, InvalidInput
from services.social.mentions.domain.moments import bound_of

_HELP = "ISO 8601 time with offset, or a day (YYYY-MM-DD) in Vietnam"

FromBound = Annotated[str | None, Query(alias="from", description=f"{_HELP}: the first.")]
ToBound = Annotated[str | None, Query(description=f"{_HELP}: a time is excluded, a day included.")]


def period_of(first: str | None, last: str | None) -> tuple[int | None, int | None]:
    """Both bounds in milliseconds, None where open. Raises InvalidInput where one is no time, or nothing lies between."""
    from_ms = bound_of(first) if first is not None else None
    to_ms = bound_of(last, end=True) if last is not None else None
    errors = [
        FieldError(pointer, f"{_HELP}.")
        for pointer, given, found in (("/from", first, from_ms), ("/to", last, to_ms))
        if given is not None and found is None
    ]
    if not errors and from_ms is not None and to_ms is not None and from_ms >= to_ms:
        errors = [FieldError("/to", "After `from`.")]
    if errors:
        raise InvalidInput("The period is none; see errors.", errors=errors)
    return from_ms, to_ms
