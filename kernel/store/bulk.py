"""Many rows in one statement, on a server by `unnest`, on SQLite by `executemany`: ten times cheaper than a row each."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql.asyncpg import AsyncpgARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store import driver

Columns = Mapping[str, Sequence[Any]]
Names = tuple[str, ...]

COPY_ROWS = 100
"""From here on COPY is cheaper than an INSERT, though it takes a question and an answer more."""


class _PlainArray(AsyncpgARRAY):
    """An array that goes to the driver as it is: SQLAlchemy would look at each of its elements."""

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
        kind = self.item_type
        plain = isinstance(kind, sa.LargeBinary) or kind.dialect_impl(dialect).bind_processor(dialect) is None
        return None if plain else super().bind_processor(dialect)


async def insert_many(tx: AsyncConnection, table: sa.Table, columns: Columns, *, conflict: str = "") -> int:
    """Insert rows given by column (all of the same length, none is fine); returns how many were written.

    `conflict` is an ON CONFLICT clause without those words, such as `(id) DO NOTHING`; empty means none.
    """
    names = tuple(columns)
    if not len(columns[names[0]]):
        return 0
    if tx.dialect.name == "postgresql":
        if not conflict and len(columns[names[0]]) >= COPY_ROWS:
            return await driver.copy(tx, table.name, names, _rows(tx, table, names, columns.values()))
        statement, arrays = (
            _unnest_insert(table, names, conflict),
            _arrays(tx, table, names, columns.values()),
        )
        return await driver.write(tx, statement, arrays)
    statement = _insert_text(table, names, conflict)
    return await driver.write_rows(tx, statement, _rows(tx, table, names, columns.values()))


async def update_many(tx: AsyncConnection, table: sa.Table, where: Columns, values: Columns) -> int:
    """Set `values` in the rows whose columns equal `where` (all of the same length); returns how many were changed."""
    names, news = tuple(where), tuple(values)
    given = (*where.values(), *values.values())
    if not len(given[0]):
        return 0
    if tx.dialect.name == "postgresql":
        statement, arrays = _unnest_update(table, names, news), _arrays(tx, table, (*names, *news), given)
        return await driver.write(tx, statement, arrays)
    cells = (*values.values(), *where.values())
    return await driver.write_rows(
        tx, _update_text(table, names, news), _rows(tx, table, news + names, cells)
    )


def one_of(
    tx: AsyncConnection, column: sa.ColumnElement[Any], values: Sequence[Any]
) -> sa.ColumnElement[bool]:
    """The condition that `column` is one of `values`, whatever their number, for any statement run in `tx`.

    On SQLite not for binary columns: it has no arrays, and their stand-in (JSON) holds none.
    """
    return _in_list(tx.dialect.name, column, None, given(tx, column, values))


def one_of_given(dialect: str, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """As `one_of`, for a statement that is built once: run it with `{"given": given(tx, column, values)}`."""
    return _in_list(dialect, column, "given", None)


def given(tx: AsyncConnection, column: sa.ColumnElement[Any], values: Sequence[Any]) -> Any:
    """`values` as the parameter of `one_of_given`."""
    if tx.dialect.name == "postgresql":
        return uuid_array(values) if isinstance(column.type, sa.Uuid) else list(values)
    bind = column.type.dialect_impl(tx.dialect).bind_processor(tx.dialect)
    return msgspec.json.encode([bind(value) for value in values] if bind else values).decode()


def _in_list(
    dialect: str, column: sa.ColumnElement[Any], name: str | None, value: Any
) -> sa.ColumnElement[bool]:
    unique = name is None
    if dialect != "postgresql":
        text = sa.bindparam(name, value, type_=sa.Text, unique=unique)
        return column.in_(sa.select(sa.column("value")).select_from(sa.func.json_each(text)))
    array = _PlainArray(column.type)
    if isinstance(column.type, sa.Uuid):  # parsed once; `= ANY` would parse it for every row
        text = sa.bindparam(name, value, type_=sa.Text, unique=unique)
        return column.in_(sa.select(sa.func.unnest(sa.cast(text, array))))
    return column == sa.any_(sa.bindparam(name, value, type_=array, unique=unique))


async def select_any(
    tx: AsyncConnection, query: sa.Select[Any], column: sa.ColumnElement[Any], values: Sequence[Any]
) -> Sequence[sa.Row[Any]]:
    """The rows of `query` whose `column` is one of `values`: one statement, whatever their number on a server."""
    if not values:
        return []
    if tx.dialect.name == "postgresql" or not isinstance(column.type, sa.LargeBinary):
        return _all(await tx.execute(query.where(one_of(tx, column, values))))
    found: list[sa.Row[Any]] = []
    for start in range(0, len(values), 10_000):  # SQLite takes 32,766 variables a statement
        found += (await tx.execute(query.where(column.in_(values[start : start + 10_000])))).all()
    return found


def _all(result: sa.CursorResult[Any]) -> Sequence[sa.Row[Any]]:
    return result.all()


def uuid_array(values: Sequence[str | None]) -> str:
    """A PostgreSQL array as text: parsed by the server, which spares the driver an object an id."""
    text = ",".join([value or "NULL" for value in values])
    if text.count(",") != max(0, len(values) - 1):  # whatever else is no UUID is refused by the server
        raise ValueError("an id holds a comma")
    return f"{{{text}}}"


def _arrays(
    tx: AsyncConnection, table: sa.Table, names: Names, columns: Iterable[Sequence[Any]]
) -> tuple[Any, ...]:
    """One array a column as the driver takes it; SQLAlchemy's own way there costs as much as all else of an insert.

    What `_sent_as_text` says is sent as text where it can be: the driver looks at each element of an array twice.
    """
    return tuple(
        _literal(table.c[name].type, cells) if _sent_as_text(table.c[name].type) else cells
        for name, cells in zip(names, _cells(tx, table, names, columns), strict=True)
    )


def _sent_as_text(kind: sa.types.TypeEngine[Any]) -> bool:
    return isinstance(kind, sa.Uuid | sa.Integer | sa.String)


def _literal(kind: sa.types.TypeEngine[Any], cells: Sequence[Any]) -> str:
    """A PostgreSQL array as text."""
    if isinstance(kind, sa.Uuid):
        return uuid_array(cells)
    if isinstance(kind, sa.Integer):
        return "{" + ",".join(["NULL" if cell is None else f"{cell:d}" for cell in cells]) + "}"
    if None not in cells and "" not in cells:
        told = ",".join(cells)
        if _PLAIN(told) and told.count(",") == len(cells) - 1 and "NULL" not in told.upper():
            return "{" + told + "}"
    return "{" + ",".join(map(_quoted_cell, cells)) + "}"


_PLAIN = re.compile(r"[A-Za-z0-9_.:,-]*").fullmatch
"""Cells that need no quotes in an array: one look at all of them."""


def _quoted_cell(cell: str | None) -> str:
    if cell is None:
        return "NULL"
    return '"' + cell.replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(maxsize=256)
def _unnest(table: sa.Table, names: Names) -> str:
    """An `unnest` of one array a column, numbered `$1`, `$2`, ...

    Ids and JSON travel as text: an array of JSON lists would be taken for one of more dimensions.
    """
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this one untyped
    arrays = []
    for number, name in enumerate(names, 1):
        kind = table.c[name].type
        given = f"${number}"
        if _sent_as_text(kind):
            given += "::text"
        elif isinstance(kind, sa.JSON):
            given += "::text[]"
        arrays.append(f"{given}::{kind.compile(dialect)}[]")
    return f"unnest({', '.join(arrays)})"


@lru_cache(maxsize=256)
def _unnest_insert(table: sa.Table, names: Names, conflict: str) -> str:
    suffix = f" ON CONFLICT {conflict}" if conflict else ""
    return f'INSERT INTO "{table.name}" ({_quoted(names)}) SELECT * FROM {_unnest(table, names)}{suffix}'  # noqa: S608 - names come from table definitions, never from input


@lru_cache(maxsize=256)
def _unnest_update(table: sa.Table, where: Names, values: Names) -> str:
    given = ", ".join(f"g{number}" for number in range(len(where) + len(values)))
    news = ", ".join(f'"{name}" = g{number}' for number, name in enumerate(values, len(where)))
    same = " AND ".join(f'"{table.name}"."{name}" = g{number}' for number, name in enumerate(where))
    rows = _unnest(table, (*where, *values))
    return f'UPDATE "{table.name}" SET {news} FROM {rows} AS given({given}) WHERE {same}'  # noqa: S608 - names come from table definitions, never from input


@lru_cache(maxsize=256)
def _insert_text(table: sa.Table, names: Names, conflict: str) -> str:
    marks = ", ".join("?" for _ in names)
    suffix = f" ON CONFLICT {conflict}" if conflict else ""
    return f'INSERT INTO "{table.name}" ({_quoted(names)}) VALUES ({marks}){suffix}'  # noqa: S608 - names come from table definitions, never from input


@lru_cache(maxsize=256)
def _update_text(table: sa.Table, where: Names, values: Names) -> str:
    news = ", ".join(f'"{name}" = ?' for name in values)
    same = " AND ".join(f'"{name}" = ?' for name in where)
    return f'UPDATE "{table.name}" SET {news} WHERE {same}'  # noqa: S608 - names come from table definitions, never from input


def _quoted(names: Names) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _rows(tx: AsyncConnection, table: sa.Table, names: Names, columns: Any) -> list[tuple[Any, ...]]:
    """Rows as the SQLite driver takes them; SQLAlchemy's own way there costs three times the insert."""
    return list(zip(*_cells(tx, table, names, columns), strict=True))


def _cells(
    tx: AsyncConnection, table: sa.Table, names: Names, columns: Iterable[Sequence[Any]]
) -> list[Sequence[Any]]:
    return [
        list(map(stored, column)) if stored else column
        for stored, column in zip(_stored(table, names, tx.dialect), columns, strict=True)
    ]


@lru_cache(maxsize=256)
def _stored(table: sa.Table, names: Names, dialect: sa.Dialect) -> list[Callable[[Any], Any] | None]:
    """How the driver wants each column's values; None where it takes them as they are."""
    kinds = [table.c[name].type for name in names]
    return [
        None
        if isinstance(kind, sa.LargeBinary) or (isinstance(kind, sa.Uuid) and dialect.name == "postgresql")
        else kind.dialect_impl(dialect).bind_processor(dialect)
        for kind in kinds
    ]
