"""Hot statements, straight to the database's driver: SQLAlchemy's way there costs up to ten times the statement."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.store.sqlite.thread import Answer, SqliteThread

T = TypeVar("T")
Rows = Sequence[Sequence[Any]]


async def fetch(tx: AsyncConnection, statement: str, parameters: Sequence[Any]) -> Rows:
    """The rows of a statement written for the driver. Raises SQLAlchemy's errors, the driver's in `orig`."""
    if tx.dialect.name != "postgresql":
        return (await _run(tx, statement, parameters, many=False)).rows
    try:
        rows: Rows = await _connection(tx).fetch(statement, *parameters)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _translated(error, statement) from error
    return rows


async def write(tx: AsyncConnection, statement: str, parameters: Sequence[Any]) -> int:
    """Run a statement written for the driver; how many rows it wrote. Raises as `fetch` does."""
    if tx.dialect.name != "postgresql":
        return (await _run(tx, statement, parameters, many=False)).rowcount
    try:
        status: str = await _connection(tx).execute(statement, *parameters)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _translated(error, statement) from error
    return int(status.rpartition(" ")[2])


async def copy(tx: AsyncConnection, table: str, names: Sequence[str], rows: Rows) -> int:
    """Append rows to a server's table by COPY: half of what an INSERT costs the server. Raises as `fetch` does."""
    try:
        status: str = await _connection(tx).copy_records_to_table(table, records=rows, columns=names)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _translated(error, f"COPY {table}") from error
    return int(status.rpartition(" ")[2])


async def write_rows(tx: AsyncConnection, statement: str, rows: Sequence[Sequence[Any]]) -> int:
    """Run a statement with each of `rows` on SQLite; how many rows it wrote. Raises as `fetch` does."""
    return (await _run(tx, statement, rows, many=True)).rowcount


async def _run(tx: AsyncConnection, statement: str, parameters: Any, *, many: bool) -> Answer:
    thread: SqliteThread = _connection(tx)
    return await _answered(tx, thread.call(thread.execute, statement, parameters, many), statement)


async def commit(tx: AsyncConnection) -> None:
    """Commit on SQLite, also where SQLAlchemy saw no statement and so no transaction. Raises as `fetch` does."""
    await tx.commit()
    thread: SqliteThread = _connection(tx)
    if thread.begun:
        await _answered(tx, thread.call(thread.commit), "COMMIT")


async def _answered(tx: AsyncConnection, call: "asyncio.Future[T]", statement: str) -> T:
    try:
        return await call
    except sqlite3.Error as error:
        kind = _SQLITE.get(type(error), sa.exc.DBAPIError)
        raise kind(statement, None, error, hide_parameters=True) from error
    except asyncio.CancelledError:  # the thread is still at it: the connection must not be used again
        await tx.invalidate()
        raise


_SQLITE: Final[dict[type[sqlite3.Error], type[sa.exc.DBAPIError]]] = {
    sqlite3.IntegrityError: sa.exc.IntegrityError,
    sqlite3.OperationalError: sa.exc.OperationalError,
}


@dataclass(frozen=True, slots=True)
class Pooled:
    """The connections of a server's `engine`, which is to commit nothing by itself (AUTOCOMMIT)."""

    engine: AsyncEngine

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A connection in a transaction that asyncpg begins, and commits where the block ends without an error."""
        async with self.engine.connect() as tx:
            connection = _connection(tx)
            try:
                async with connection.transaction():
                    yield tx
            except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                raise _translated(error, "COMMIT") from error
            finally:
                if connection.is_closed():
                    await tx.invalidate()

    def connect(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection, each of whose statements stands alone."""
        return self.engine.connect()

    async def dispose(self) -> None:
        """Close what is not in use."""
        await self.engine.dispose()


def _connection(tx: AsyncConnection) -> Any:
    pooled = tx.sync_connection
    if pooled is None:
        raise sa.exc.ResourceClosedError("the transaction has ended")
    return pooled.connection.driver_connection


def _translated(error: asyncpg.PostgresError | asyncpg.InterfaceError, statement: str) -> sa.exc.DBAPIError:
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return sa.exc.IntegrityError(statement, None, error, hide_parameters=True)
    if isinstance(error, asyncpg.InterfaceError):
        return sa.exc.InterfaceError(
            statement, None, error, hide_parameters=True, connection_invalidated=True
        )
    return sa.exc.DBAPIError(statement, None, error, hide_parameters=True)
