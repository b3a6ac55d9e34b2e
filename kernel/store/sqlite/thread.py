"""A `sqlite3` connection on a thread of its own: each call is one way there and back, in the order of the calls."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

_Call = tuple["asyncio.Future[Any] | None", Callable[..., Any], tuple[Any, ...]]


class Answer(NamedTuple):
    """All that a statement gave: nothing of it stays on the thread."""

    description: Any
    rowcount: int
    lastrowid: int | None
    rows: list[Any]


class SqliteThread:
    """The connection that `connect` opens. Every statement is part of a transaction, which the first one begins."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], begin: str) -> None:
        """`begin` is the statement that begins a transaction. Starts the thread; `open` is the first call."""
        self._connect, self._begin = connect, begin
        self._raw: sqlite3.Connection | None = None
        self._begun = False
        self._waiting = 0
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        Thread(target=_serve, args=(self._calls, self._settle), name="sqlite", daemon=True).start()

    @property
    def begun(self) -> bool:
        """True where a statement came since the last commit or rollback."""
        return self._begun

    def call(self, work: Callable[..., T], *args: Any) -> "asyncio.Future[T]":
        """`work(*args)` on the thread. Cancelling the future does not stop it: `interrupt` may, and no other call
        may be made but `close` and `stop`.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting += 1
        self._calls.put((future, work, args))
        return future

    def _settle(self, future: "asyncio.Future[Any]", result: Any, failure: Exception | None) -> None:
        self._waiting -= 1
        if future.done():
            return
        if failure:
            future.set_exception(failure)
        else:
            future.set_result(result)

    def undo(self) -> None:
        """Roll back: here and now, since it touches no file, unless the thread is at something."""
        if self._waiting:
            self.tell(self.rollback)
        else:
            self.rollback()

    def tell(self, work: Callable[..., object], *args: Any) -> None:
        """`work(*args)` on the thread, before all later calls; nobody waits for it."""
        self._calls.put((None, work, args))

    def interrupt(self) -> None:
        """End the statement that runs now, if one does, with an error."""
        if self._raw:
            with suppress(sqlite3.Error):
                self._raw.interrupt()

    def stop(self) -> None:
        """End the thread after what was called; what is open is rolled back and closed."""
        self.tell(self.close)
        self._calls.put(None)

    # What follows runs on the thread, or while it rests.

    def open(self) -> None:
        """Raises sqlite3.Error where the file cannot be opened."""
        self._raw = self._connect()

    def create_function(self, *args: Any, **options: Any) -> None:
        """As `sqlite3.Connection.create_function`."""
        self._open_raw().create_function(*args, **options)

    def execute(self, statement: str, parameters: Any, many: bool) -> Answer:
        """Run `statement` once, or with each of `parameters`. Raises sqlite3.Error.

        SQLite may undo a transaction by itself (a full disk): then it refuses the rest, which would else be
        committed without what came before.
        """
        raw = self._open_raw()
        if not self._begun:
            raw.execute(self._begin)
            self._begun = True
        cursor = raw.executemany(statement, parameters) if many else raw.execute(statement, parameters)
        rows = cursor.fetchall() if cursor.description else []
        return Answer(cursor.description, cursor.rowcount, cursor.lastrowid, rows)

    def commit(self) -> None:
        """Durable when it returns. Raises sqlite3.Error, also where nothing is left to commit."""
        self._open_raw().commit()
        self._begun = False

    def rollback(self) -> None:
        """Never raises: a connection that cannot roll back is closed, and refuses what comes after."""
        try:
            if self._raw:
                self._raw.rollback()
        except sqlite3.Error:
            self.close()
        self._begun = False

    def close(self) -> None:
        """Roll back what is open and close; safe to repeat."""
        if self._raw:
            with suppress(sqlite3.Error):
                self._raw.close()

    def _open_raw(self) -> sqlite3.Connection:
        if self._raw is None:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")
        if self._begun and not self._raw.in_transaction:
            raise sqlite3.OperationalError("the transaction was rolled back")
        return self._raw


def _serve(calls: "SimpleQueue[_Call | None]", settle: Callable[..., None]) -> None:
    while (call := calls.get()) is not None:
        future, work, args = call
        result, failure = None, None
        try:
            result = work(*args)
        except Exception as error:  # noqa: BLE001 - it is the caller's, whatever it is
            failure = error
        if future:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                future.get_loop().call_soon_threadsafe(settle, future, result, failure)
        del call, future, work, args, result, failure  # a waiting thread holds on to nothing


def opened(pragmas: Sequence[str], path: str, **options: Any) -> sqlite3.Connection:
    """A connection to `path` that begins and commits nothing by itself, with `pragmas` set."""
    raw: sqlite3.Connection = sqlite3.connect(path, isolation_level=None, cached_statements=512, **options)
    for pragma in pragmas:
        raw.execute(pragma)
    return raw
