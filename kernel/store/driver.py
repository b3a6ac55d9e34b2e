"""Hot statements, straight to the database's driver: SQLAlchemy's way there costs up to ten times the statement."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

Rows = Sequence[Sequence[Any]]


async def fetch(tx: AsyncConnection, statement: str, parameters: Sequence[Any]) -> Rows:
    """The rows of a statement written for the driver. Raises SQLAlchemy's errors, the driver's in `orig`."""
    if tx.dialect.name != "postgresql":
        return (await tx.exec_driver_sql(statement, tuple(parameters))).all()
    try:
        rows: Rows = await _connection(tx).fetch(statement, *parameters)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _translated(error, statement) from error
    return rows


async def write(tx: AsyncConnection, statement: str, parameters: Sequence[Any]) -> int:
    """Run a statement written for the driver; how many rows it wrote. Raises as `fetch` does."""
    if tx.dialect.name != "postgresql":
        return (await tx.exec_driver_sql(statement, tuple(parameters))).rowcount
    try:
        status: str = await _connection(tx).execute(statement, *parameters)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _translated(error, statement) from error
    return int(status.rpartition(" ")[2])


async def write_many(tx: AsyncConnection, statement: str, rows: list[tuple[Any, ...]]) -> int:
    """Run a statement with each of `rows` on SQLite; how many rows it wrote. Raises as `fetch` does."""
    return (await tx.exec_driver_sql(statement, rows)).rowcount


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction on a connection that commits nothing by itself (AUTOCOMMIT), begun and ended by asyncpg."""
    async with engine.connect() as tx:
        connection = _connection(tx)
        try:
            async with connection.transaction():
                yield tx
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise _translated(error, "COMMIT") from error
        finally:
            if connection.is_closed():
                await tx.invalidate()


def _connection(tx: AsyncConnection) -> "asyncpg.Connection[asyncpg.Record]":
    pooled = tx.sync_connection
    if pooled is None:
        raise sa.exc.ResourceClosedError("the transaction has ended")
    connection: asyncpg.Connection[asyncpg.Record] = pooled.connection.driver_connection
    return connection


def _translated(error: asyncpg.PostgresError | asyncpg.InterfaceError, statement: str) -> sa.exc.DBAPIError:
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return sa.exc.IntegrityError(statement, None, error, hide_parameters=True)
    if isinstance(error, asyncpg.InterfaceError):
        return sa.exc.InterfaceError(
            statement, None, error, hide_parameters=True, connection_invalidated=True
        )
    return sa.exc.DBAPIError(statement, None, error, hide_parameters=True)
