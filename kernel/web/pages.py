"""Cursor pages: `{"items": [...], "next_cursor": ...}`; a cursor is opaque to clients and holds no personal data."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Query

from kernel.errors import FieldError, InvalidInput
from kernel.ids import UUID_PATTERN

Limit = Annotated[int, Query(ge=1, le=1000, description="Items a page.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]

Key = Annotated[str, msgspec.Meta(pattern=UUID_PATTERN)]
"""An id in a cursor: a database that keeps ids as such takes nothing else."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment in a cursor, with its offset: without one it cannot be compared."""

Version = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
"""A version in a cursor: 32 bits."""

T = TypeVar("T")


def encode_cursor(position: Any) -> str:
    """An opaque cursor from a JSON-able position."""
    return urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(cursor: str | None, kind: type[T]) -> T | None:
    """The position in `cursor`, None for the first page. Raises InvalidInput where it is not one of ours.

    What it returns every database takes: `kind` says with `Key`, `Moment` and `Version` where such must stand,
    whole numbers have 64 bits, and texts no NUL.
    """
    if cursor is None:
        return None
    try:
        position = msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
        if not _is_storable(position):
            raise ValueError("no database holds such a position")
    except (ValueError, RecursionError, msgspec.DecodeError) as error:
        errors = [FieldError("/cursor", "Take it from the page before.")]
        raise InvalidInput("The cursor is none of ours.", errors=errors) from error
    return position


def decode_key(cursor: str | None) -> str | None:
    """The id in the cursor of a list that is ordered by ids; else as `decode_cursor`."""
    return decode_cursor(cursor, Key)


def _is_storable(position: object) -> bool:
    if isinstance(position, tuple):
        return all(map(_is_storable, position))
    if isinstance(position, int):
        return -(2**63) <= position < 2**63
    return "\0" not in position if isinstance(position, str) else True


def page(
    rows: Sequence[T], limit: int, position: Callable[[T], Any], view: Callable[[T], Any]
) -> dict[str, Any]:
    """A page from up to `limit` + 1 rows: the one too many says that there is another page.

    `position` gives a row's cursor position, `view` what a client sees of it.
    """
    shown = rows[:limit]
    more = encode_cursor(position(shown[-1])) if len(rows) > limit else None
    return {"items": [view(row) for row in shown], "next_cursor": more}
