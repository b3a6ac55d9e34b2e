"""What a service holds of people, said once: erasure deletes it, and a person's own copy shows it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

Rows = Sequence[Mapping[str, Any]]

Show = Callable[[Sequence[str]], Awaitable[Mapping[str, Rows]]]
"""What is held of these origins elsewhere than in plain rows of the database, by what it is."""


class Holding(NamedTuple):
    """A table with rows about people: `what` they are called, and the condition that they are about some origins.

    `first` is done before any row of them is deleted: what must be noted while it can still be found.
    """

    what: str
    table: sa.Table
    about: Callable[[Sequence[str]], sa.ColumnElement[bool]]
    first: Callable[[AsyncConnection, Sequence[str]], Awaitable[None]] | None = None


def rows_about(what: str, subject: sa.Column[Any]) -> Holding:
    """The holding of a table whose column `subject` names the person."""
    return Holding(what, subject.table, subject.in_)


async def forget(tx: AsyncConnection, holdings: Sequence[Holding], origins: Sequence[str]) -> dict[str, int]:
    """Delete every row about `origins`; how many, by what they were."""
    counts = {}
    for holding in holdings:
        if holding.first:
            await holding.first(tx, origins)
    for holding in holdings:
        gone = await tx.execute(sa.delete(holding.table).where(holding.about(origins)))
        counts[holding.what] = gone.rowcount
    return counts


async def show(
    connection: AsyncConnection, holdings: Sequence[Holding], origins: Sequence[str]
) -> dict[str, Rows]:
    """Every row about `origins`. Keyed hashes and ciphertext tell a person nothing: binary columns are left out."""
    told: dict[str, Rows] = {}
    for holding in holdings:
        columns = [column for column in holding.table.columns if not isinstance(column.type, sa.LargeBinary)]
        rows = await connection.execute(sa.select(*columns).where(holding.about(origins)))
        told[holding.what] = [dict(row._mapping) for row in rows]
    return told
