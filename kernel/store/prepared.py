"""Queries that are made once and asked often, at a fifth of what SQLAlchemy's own way costs."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store import driver
from kernel.store.bulk import uuid_array
from kernel.store.driver import Rows

_MARKS = "@marks@"
_CHUNK = 10_000
"""SQLite takes 32,766 variables a statement."""


async def fetch_rows(tx: AsyncConnection, query: sa.Select[Any]) -> Rows:
    """The plain rows of `query`, one object that is used again and whose values are constants."""
    return await _fetch(tx, query, ())


async def fetch_any(
    tx: AsyncConnection, query: sa.Select[Any], column: sa.ColumnElement[Any], values: Sequence[Any]
) -> Rows:
    """The plain rows of such a `query` whose `column` is one of `values`, whatever their number."""
    if not values:
        return []
    if tx.dialect.name == "postgresql":
        array = uuid_array(values) if isinstance(column.type, sa.Uuid) else values
        return await _fetch(tx, _among_array(query, column), (array,))
    if not isinstance(column.type, sa.LargeBinary):
        bind = column.type.dialect_impl(tx.dialect).bind_processor(tx.dialect)
        stored = [bind(value) for value in values] if bind else values
        return await _fetch(tx, _among_json(query, column), (msgspec.json.encode(stored).decode(),))
    if len(values) <= _CHUNK:
        return await _fetch(tx, _among_marks(query, column), values)
    found: list[Sequence[Any]] = []
    for start in range(0, len(values), _CHUNK):
        found += await _fetch(tx, _among_marks(query, column), values[start : start + _CHUNK])
    return found


@lru_cache(maxsize=256)
def _among_array(query: sa.Select[Any], column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    kind = column.type.compile(postgresql.dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this one untyped
    given = f"$1::text::{kind}[]" if isinstance(column.type, sa.Uuid) else f"$1::{kind}[]"
    return _among(query, column, f"SELECT unnest({given})")


@lru_cache(maxsize=256)
def _among_json(query: sa.Select[Any], column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return _among(query, column, "SELECT value FROM json_each(?)")


@lru_cache(maxsize=256)
def _among_marks(query: sa.Select[Any], column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return _among(query, column, _MARKS)


def _among(query: sa.Select[Any], column: sa.ColumnElement[Any], listed: str) -> sa.Select[Any]:
    return query.where(column.op("IN", is_comparison=True)(sa.literal_column(f"({listed})")))


async def _fetch(tx: AsyncConnection, query: sa.Select[Any], parameters: Sequence[Any]) -> Rows:
    text, readers = _text(query, tx.dialect)
    if _MARKS in text:
        text = text.replace(_MARKS, "?" + ",?" * (len(parameters) - 1))
    rows = await driver.fetch(tx, text, parameters)
    if not readers:
        return rows
    return [[read(cell) if read else cell for cell, read in zip(row, readers, strict=True)] for row in rows]


@lru_cache(maxsize=256)
def _text(query: sa.Select[Any], dialect: sa.Dialect) -> tuple[str, list[Callable[[Any], Any] | None]]:
    """A query as the driver takes it, and how the cells of each column are read; ids come as text."""
    columns = list(query.selected_columns)
    as_text = [dialect.name == "postgresql" and isinstance(one.type, sa.Uuid) for one in columns]
    told = [sa.cast(one, sa.Text) if text else one for one, text in zip(columns, as_text, strict=True)]
    plain = query.with_only_columns(*told, maintain_column_froms=True)
    statement = str(plain.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    readers: list[Callable[[Any], Any] | None] = [
        None
        if text or isinstance(one.type, sa.LargeBinary)
        else one.type.dialect_impl(dialect).result_processor(dialect, None)
        for one, text in zip(columns, as_text, strict=True)
    ]
    return statement, readers if any(readers) else []
