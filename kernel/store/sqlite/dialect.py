"""SQLAlchemy on `SqliteThread`: a statement is one hop to the thread; BEGIN, rollback and an empty commit are none.

SQLAlchemy's own asynchronous SQLite dialect makes three hops a statement and five more a transaction, and each
costs the event loop 20-40 µs.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import URL, Pool
from sqlalchemy.connectors.asyncio import AsyncAdapt_terminate
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util.concurrency import await_

from kernel.store.sqlite.thread import Answer, SqliteThread, opened

DRIVER = "thread"
"""Its name in URLs: `sqlite+thread:///path`."""

_NOTHING = Answer(None, -1, None, [])


class Cursor:
    """A DB-API cursor: what a statement gave is here when `execute` returns."""

    __slots__ = ("_answer", "_rows", "_thread", "arraysize")

    server_side = False

    def __init__(self, thread: SqliteThread) -> None:
        self._thread = thread
        self._answer, self.arraysize = _NOTHING, 1
        self._rows: deque[Any] = deque()

    @property
    def description(self) -> Any:
        """The columns, None where the statement has none."""
        return self._answer.description

    @property
    def rowcount(self) -> int:
        """How many rows were changed, -1 where none could be."""
        return self._answer.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The row id inserted last."""
        return self._answer.lastrowid

    def execute(self, statement: str, parameters: Any = ()) -> None:
        """Run `statement`. Raises sqlite3.Error."""
        self._run(statement, parameters, False)

    def executemany(self, statement: str, parameters: Sequence[Any]) -> None:
        """Run `statement` with each of `parameters`. Raises sqlite3.Error."""
        self._run(statement, parameters, True)

    def _run(self, statement: str, parameters: Any, many: bool) -> None:
        thread = self._thread
        self._answer = await_(thread.call(thread.execute, statement, parameters, many))
        self._rows = deque(self._answer.rows)

    def fetchone(self) -> Any:
        """The next row, or None."""
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """Up to `size` more rows."""
        return [self._rows.popleft() for _ in range(min(size or self.arraysize, len(self._rows)))]

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def __iter__(self) -> Iterator[Any]:
        while self._rows:
            yield self._rows.popleft()

    def setinputsizes(self, *_sizes: Any) -> None:
        """Part of the DB-API; SQLite has no use for it."""

    def close(self) -> None:
        """Let go of the rows."""
        self._rows.clear()

    async def _async_soft_close(self) -> None:
        """SQLAlchemy asks for it before it hands a result out; nothing is open."""


class Connection(AsyncAdapt_terminate, AdaptedConnection):
    """A DB-API connection. Where a statement is cancelled SQLAlchemy terminates it: nothing keeps a lock."""

    _connection: Any

    def __init__(self, thread: SqliteThread) -> None:
        self._connection: SqliteThread = thread

    def cursor(self) -> Cursor:
        """Costs nothing."""
        return Cursor(self._connection)

    def create_function(self, *args: Any, **options: Any) -> None:
        """As `sqlite3.Connection.create_function`; the function runs on the thread."""
        self._connection.tell(partial(self._connection.create_function, *args, **options))

    def commit(self) -> None:
        """Durable when it returns; nothing happens where nothing was begun. Raises sqlite3.Error."""
        if self._connection.begun:
            await_(self._connection.call(self._connection.commit))

    def rollback(self) -> None:
        """Over before the next statement."""
        if self._connection.begun:
            self._connection.undo()

    def close(self) -> None:
        """Closed when it returns; what is open is rolled back."""
        await_(self._terminate_graceful_close())

    async def _terminate_graceful_close(self) -> None:
        self._connection.interrupt()
        closed = self._connection.call(self._connection.close)
        self._connection.stop()
        await closed

    def _terminate_force_close(self) -> None:
        self._connection.interrupt()
        self._connection.stop()


class Dialect(SQLiteDialect_pysqlite):
    """SQLite over `Connection`s. Give `begin`, the statement that begins a transaction, and `pragmas`."""

    driver = DRIVER
    supports_statement_cache = True
    is_async = True
    has_terminate = True

    def __init__(self, begin: str = "BEGIN", pragmas: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._begin, self._pragmas = begin, pragmas

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        """Waits for a free connection without holding up the loop."""
        return AsyncAdaptedQueuePool

    def do_terminate(self, dbapi_connection: Any) -> None:
        """Close a connection that was cancelled in the middle."""
        dbapi_connection.terminate()

    def connect(self, *cargs: Any, **cparams: Any) -> Any:
        """A connection on a new thread. Raises sqlite3.Error where the file cannot be opened."""
        thread = SqliteThread(partial(opened, self._pragmas, *cargs, **cparams), self._begin)
        try:
            await_(thread.call(thread.open))
        except BaseException:
            thread.stop()
            raise
        return Connection(thread)
