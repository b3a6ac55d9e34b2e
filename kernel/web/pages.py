"""Cursor pages: `{"items": [...], "next_cursor": ...}`; a cursor is opaque to clients and holds no personal data."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Query

from kernel.errors import FieldError, InvalidInput

Limit = Annotated[int, Query(ge=1, le=1000, description="Items a page.")]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]

T = TypeVar("T")


def encode_cursor(position: Any) -> str:
    """An opaque cursor from a JSON-able position."""
    return urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(cursor: str | None, kind: type[T]) -> T | None:
    """The position in `cursor`, None for the first page. Raises InvalidInput where it is not one of ours."""
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
    except (ValueError, msgspec.DecodeError) as error:
        errors = [FieldError("/cursor", "Take it from the page before.")]
        raise InvalidInput("The cursor is none of ours.", errors=errors) from error


def page(
    rows: Sequence[T], limit: int, position: Callable[[T], Any], view: Callable[[T], Any]
) -> dict[str, Any]:
    """A page from up to `limit` + 1 rows: the one too many says that there is another page.

    `position` gives a row's cursor position, `view` what a client sees of it.
    """
    shown = rows[:limit]
    more = encode_cursor(position(shown[-1])) if len(rows) > limit else None
    return {"items": [view(row) for row in shown], "next_cursor": more}
