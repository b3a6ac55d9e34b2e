"""Use cases of referrals."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.identity.service import indexes_of, subjects_of
from services.ingest.referrals import repository
from services.ingest.referrals.domain import Edge


class Told(NamedTuple):
    """An edge; `referred` is None while nobody known, with a consent of their own, has these identifiers."""

    row: Any
    referred: str | None


async def note_edges(tx: AsyncConnection, edges: Sequence[Edge]) -> None:
    """Keep the edges that records just stored bring."""
    await repository.add_edges(tx, edges)


async def list_edges(tx: AsyncConnection, after: tuple[int, str] | None, limit: int) -> list[Told]:
    """Edges, newest first; the referred one is looked up now, by the most telling identifier that leads to anybody."""
    rows = await repository.page_of_edges(tx, after, limit)
    indexes = await repository.indexes_of(tx, [row.record_id for row in rows])
    people = await subjects_of(tx, [bytes(one.index) for one in indexes])
    referred: dict[tuple[str, str], str] = {}
    for one in indexes:
        person = people.get(bytes(one.index))
        if person is not None:
            referred.setdefault((one.record_id, one.source), person)
    return [Told(row, referred.get((row.record_id, row.source))) for row in rows]


async def forget_origins(tx: AsyncConnection, origins: Sequence[str]) -> dict[str, int]:
    """Erasure of people who were referred, found by the blind indexes that still lead to them; edges that they made go
    with their records. Safe to repeat."""
    return {"referrals": await repository.remove_by_indexes(tx, await indexes_of(tx, origins))}


HOLDINGS = repository.HOLDINGS
