"""Many rows in one statement, on a server by `unnest`, on SQLite by `executemany`: ten times cheaper than a row each."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_many(
    tx: AsyncConnection,
    table: sa.Table,
    columns: Mapping[str, Sequence[Any]],
    *,
    conflict: str = "",
) -> None:
    """Insert rows given by column (all of the same length, none is fine).

    `conflict` is an ON CONFLICT clause without those words, such as `(id) DO NOTHING`; empty means none.
    """
    names = tuple(columns)
    count = len(columns[names[0]])
    if not count:
        return
    if tx.dialect.name == "postgresql":
        await tx.execute(_unnest(table, names, conflict), {f"c_{name}": columns[name] for name in names})
        return
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    await tx.execute(_values(table, names, conflict), rows)


async def select_any(
    tx: AsyncConnection, query: sa.Select[Any], column: sa.ColumnElement[Any], values: Sequence[Any]
) -> Sequence[sa.Row[Any]]:
    """The rows of `query` whose `column` is one of `values`: one statement, whatever their number on a server."""
    if not values:
        return []
    if tx.dialect.name == "postgresql":
        member = column == sa.any_(sa.bindparam("any_values", type_=postgresql.ARRAY(column.type)))
        return _rows(await tx.execute(query.where(member), {"any_values": list(values)}))
    if isinstance(column.type, sa.LargeBinary):
        found: list[sa.Row[Any]] = []
        for start in range(0, len(values), 10_000):  # SQLite takes 32,766 variables a statement
            found += (await tx.execute(query.where(column.in_(values[start : start + 10_000])))).all()
        return found
    bind = column.type.dialect_impl(tx.dialect).bind_processor(tx.dialect)
    stored = [bind(value) for value in values] if bind else list(values)
    listed: sa.Select[Any] = sa.select(sa.column("value")).select_from(
        sa.func.json_each(sa.bindparam("any_values"))
    )
    return _rows(await tx.execute(query.where(column.in_(listed)), {"any_values": _json(stored)}))


def _rows(result: sa.CursorResult[Any]) -> Sequence[sa.Row[Any]]:
    return result.all()


@lru_cache(maxsize=256)
def _unnest(table: sa.Table, names: tuple[str, ...], conflict: str) -> sa.TextClause:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this one untyped
    kinds = [table.c[name].type.compile(dialect) for name in names]
    arrays = ", ".join(f"CAST(:c_{name} AS {kind}[])" for name, kind in zip(names, kinds, strict=True))
    quoted = ", ".join(f'"{name}"' for name in names)
    suffix = f" ON CONFLICT {conflict}" if conflict else ""
    statement = sa.text(f'INSERT INTO "{table.name}" ({quoted}) SELECT * FROM unnest({arrays}){suffix}')  # noqa: S608 - names come from table definitions, never from input
    return statement.bindparams(
        *(sa.bindparam(f"c_{name}", type_=postgresql.ARRAY(table.c[name].type)) for name in names)
    )


@lru_cache(maxsize=256)
def _values(table: sa.Table, names: tuple[str, ...], conflict: str) -> sa.TextClause:
    quoted = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join(f":{name}" for name in names)
    suffix = f" ON CONFLICT {conflict}" if conflict else ""
    statement = sa.text(f'INSERT INTO "{table.name}" ({quoted}) VALUES ({marks}){suffix}')  # noqa: S608 - names come from table definitions, never from input
    return statement.bindparams(*(sa.bindparam(name, type_=table.c[name].type) for name in names))


def _json(values: list[Any]) -> str:
    return msgspec.json.encode(values).decode()
