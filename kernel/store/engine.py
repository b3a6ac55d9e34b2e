"""The database: one writer at a time on SQLite, a pool on a server; both seen as transactions and snapshots."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from kernel.store.driver import Pooled
from kernel.store.effects import effect_on
from kernel.store.sqlite.dialect import DRIVER
from kernel.store.sqlite.held import Held

T = TypeVar("T")

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # accepted means durable, also when the power goes
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # many builds have it on already: what is deleted is overwritten
    "PRAGMA busy_timeout=5000",
    "PRAGMA wal_autocheckpoint=4000",
)

WRITER_CACHE, READER_CACHE = 8_192, 2_048
"""KiB of pages that a connection to a SQLite file keeps. A process of five services holds seven files and dozens of
connections; the system's own cache holds the files too, and with 32 MiB each they took 60 MiB more and were no faster."""

_PUBLISHES = "publishes"


class Database:
    """A service's own database. Doors open transactions; services and repositories only use them.

    On SQLite all writes pass through one connection (two processes must not share the file); reads use others and
    see the last commit. Nothing is opened before the first use.
    """

    def __init__(self, url: str, *, pool: int = 8, page: int = 4_096) -> None:
        """`url` is a SQLAlchemy URL (of SQLite whatever its driver); `pool` bounds the connections to a server.

        `page` is the size of a new SQLite file's pages: a row of a table without row ids that is larger than a quarter
        of it takes a page of its own besides.
        """
        parsed = make_url(url)
        self.is_server = parsed.get_backend_name() != "sqlite"
        self.writer: Pooled | Held
        self.reader: Pooled | Held
        if self.is_server:
            self.writer = self.reader = _server_pool(parsed, pool)
        else:
            Path(parsed.database or "").parent.mkdir(parents=True, exist_ok=True)
            self.writer = Held(_sqlite_engine(parsed, page, WRITER_CACHE, begin="BEGIN IMMEDIATE"), 1)
            self.reader = Held(_sqlite_engine(parsed, page, READER_CACHE, begin="BEGIN"), 4)
        self._listeners: list[Callable[[], None]] = []
        self._relays: list[Callable[[], None]] = []
        self._gate, self._idle, self._open = asyncio.Event(), asyncio.Event(), 0
        self.resume()
        self._idle.set()

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` (quick, never raising) after each commit."""
        self._listeners.append(listener)

    def on_publish(self, listener: Callable[[], None]) -> None:
        """Call `listener` (quick, never raising) after each commit of a transaction that was marked by `publishes`."""
        self._relays.append(listener)

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A read-write transaction: committed when the block ends, rolled back when it raises.

        Under an `Effect` of this database (a request with an Idempotency-Key) it is a part of that one's.
        """
        effect = effect_on(self)
        return effect.part() if effect is not None else self.own_transaction()

    @asynccontextmanager
    async def own_transaction(self) -> AsyncIterator[AsyncConnection]:
        """As `transaction`, by itself whatever is under way."""
        async with self._counted(), self.writer.begin() as tx:
            tx.info.pop(_PUBLISHES, None)  # the connection's, which may have rolled back the last time
            yield tx
            published = tx.info.get(_PUBLISHES, False)
        for listener in (*self._listeners, *self._relays) if published else self._listeners:
            listener()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A read-only view of committed data; on SQLite it does not wait for the writer. Under an `Effect` that has
        begun, it sees what that one has written."""
        effect = effect_on(self)
        if effect is not None and effect.tx is not None:
            yield effect.tx
            return
        async with self._counted(), self.reader.connect() as connection:
            yield connection

    async def pause(self, *, patience: float = 10.0) -> None:
        """Let what is open end (for at most `patience` seconds) and hold back everything new until `resume`.

        Tasks are cancelled only then, so that what was begun is committed and need not be done again.
        """
        self._gate.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._idle.wait()

    def resume(self) -> None:
        """Let new transactions begin again."""
        self._gate.set()

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        if not self._gate.is_set():
            await self._gate.wait()
        self._open += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()

    async def ping(self) -> None:
        """Raises where the database does not answer."""
        async with self.snapshot() as connection:
            await connection.execute(sa.text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection; the database object must not be used after."""
        await self.reader.dispose()
        if self.writer is not self.reader:
            await self.writer.dispose()


def publishes(tx: AsyncConnection) -> None:
    """Say that there is work for the relay once `tx` commits."""
    tx.info[_PUBLISHES] = True


async def uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` to its end even when cancelled meanwhile; the cancellation goes on afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _server_pool(url: sa.URL, pool: int) -> Pooled:
    return Pooled(
        create_async_engine(
            url,
            pool_size=pool,
            max_overflow=pool,
            isolation_level="AUTOCOMMIT",  # transactions are begun by `Pooled` alone
            hide_parameters=True,  # an error's text is logged, a parameter may say something of a person
            json_serializer=_json_text,
            json_deserializer=msgspec.json.decode,
            connect_args={"prepared_statement_cache_size": 500},
        )
    )


def _sqlite_engine(url: sa.URL, page: int, cache: int, *, begin: str) -> AsyncEngine:
    registry.register(f"sqlite.{DRIVER}", "kernel.store.sqlite.dialect", "Dialect")
    return create_async_engine(
        url.set(drivername=f"sqlite+{DRIVER}"),
        poolclass=NullPool,  # `Held` does what a pool does
        hide_parameters=True,
        json_serializer=_json_text,
        json_deserializer=msgspec.json.decode,
        begin=begin,
        pragmas=(f"PRAGMA page_size={page}", f"PRAGMA cache_size=-{cache}", *_SQLITE_PRAGMAS),
    )
