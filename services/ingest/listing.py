"""Lists of what was received: one shape for stored, waiting and repeated records."""

from typing import Any, NamedTuple

import sqlalchemy as sa


class Sought(NamedTuple):
    """What a list is narrowed to; None means any. Moments are in microseconds, `until` excluded."""

    source: str | None = None
    status: str | None = None
    kind: str | None = None
    since: int | None = None
    until: int | None = None


Position = tuple[int, str]
"""Where a page ends: moment of receipt and key."""


class ReceivedRow(NamedTuple):
    """A received record; `key` tells rows of one moment apart."""

    at: int
    key: str
    id: str | None
    source: str | None
    status: str
    kind: str | None = None
    subject_id: str | None = None
    reasons: bytes | None = None


def narrowed(
    query: sa.Select[Any],
    sought: Sought,
    after: Position | None,
    *,
    at: sa.Column[Any],
    key: sa.Column[Any],
    source: sa.Column[Any],
) -> sa.Select[Any]:
    """`query` narrowed to what is sought (but for status and kind), newest first, from after a position."""
    if sought.source is not None:
        query = query.where(source == sought.source)
    if sought.since is not None:
        query = query.where(at >= sought.since)
    if sought.until is not None:
        query = query.where(at < sought.until)
    if after is not None:
        query = query.where(sa.or_(at < after[0], sa.and_(at == after[0], key < after[1])))
    return query.order_by(at.desc(), key.desc())
