"""Connections that stay open between their users: SQLAlchemy's pool and its transaction blocks cost 100 µs a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from kernel.store import driver

PATIENCE_S = 60.0


class Held:
    """At most `size` connections of `engine`, each lent to one user at a time, in the order of asking."""

    def __init__(self, engine: AsyncEngine, size: int) -> None:
        self._engine = engine
        self._turns = asyncio.Semaphore(size)
        self._idle: list[AsyncConnection] = []

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """As `connect`, and committed where the block ends without an error."""
        async with self.connect() as connection:
            yield connection
            await driver.commit(connection)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[AsyncConnection]:
        """A connection, whose first statement begins a transaction; what is not committed is rolled back at the end.

        Raises sa.exc.TimeoutError where none becomes free in a minute.
        """
        await self._turn()
        try:
            held = self._idle.pop() if self._idle else await self._engine.connect()
            lent = AsyncConnection(self._engine, held.sync_connection)
            try:
                yield lent
            finally:
                await self._take_back(held, lent)
        finally:
            self._turns.release()

    async def _take_back(self, held: AsyncConnection, lent: AsyncConnection) -> None:
        if lent.get_transaction():  # open, or ended by a commit that failed
            await lent.rollback()
        lent.sync_connection = None  # who uses it after its time gets an error, and nobody's transaction
        if held.invalidated:
            await held.close()
            return
        if held.sync_connection and (open_one := held.sync_connection.connection.dbapi_connection):
            open_one.rollback()  # that commit may have left SQLite's own transaction open
        self._idle.append(held)

    async def _turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()
            return
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._turns.acquire()
        except TimeoutError:
            raise sa.exc.TimeoutError("no connection became free") from None

    async def dispose(self) -> None:
        """Close what is not lent."""
        while self._idle:
            await self._idle.pop().close()
        await self._engine.dispose()
