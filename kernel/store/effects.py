"""A request's effect and its answer in one transaction: what it writes is committed once its answer stands beside it.

While an `Effect` is open, the transactions that its task begins are parts of one. So a crash leaves either nothing, or
all of it with the answer, and a request that is sent again never does its work twice.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    from kernel.store.engine import Database

Step = Callable[[AsyncConnection], Awaitable[None]]


class _Undone(Exception):
    """Ends a transaction without committing it."""


@dataclass(slots=True)
class Effect:
    """What one request writes to `database`. `first` runs as its transaction begins, and may refuse by raising;
    `passed` before what is done so far is committed ahead of the answer."""

    database: "Database"
    first: Step
    passed: Step
    task: Any = field(default_factory=asyncio.current_task)
    tx: AsyncConnection | None = None
    """The transaction, once it has begun."""
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    @asynccontextmanager
    async def part(self) -> AsyncIterator[AsyncConnection]:
        """A part of the transaction: undone by itself where its block raises."""
        tx = await self.begun()
        await tx.execute(sa.text("SAVEPOINT part"))
        try:
            yield tx
        except BaseException:
            try:
                await tx.execute(sa.text("ROLLBACK TO SAVEPOINT part"))
            except sa.exc.SQLAlchemyError:  # the connection is gone, and with it everything before
                await self.undo()
            raise
        await tx.execute(sa.text("RELEASE SAVEPOINT part"))

    async def begun(self) -> AsyncConnection:
        """The transaction, begun now where it was not. Raises what `first` raises."""
        if self.tx is None:
            tx = await self._open.enter_async_context(self.database.own_transaction())
            try:
                await self.first(tx)
            except BaseException:
                await self.undo()
                raise
            self.tx = tx
        return self.tx

    async def commit(self) -> None:
        """Make durable what was written."""
        self.tx = None
        await self._open.aclose()

    async def undo(self) -> None:
        """Take back what was written since it began."""
        self.tx = None
        stack, self._open = self._open, AsyncExitStack()
        try:
            async with stack:
                raise _Undone
        except _Undone:
            pass


_effect: ContextVar[Effect | None] = ContextVar("effect", default=None)


def effect_on(database: "Database") -> Effect | None:
    """The open effect on `database` of the task that runs, if there is one; other tasks have their own transactions."""
    effect = _effect.get()
    if effect is None or effect.database is not database or effect.task is not asyncio.current_task():
        return None
    return effect


@contextmanager
def within(effect: Effect) -> Iterator[None]:
    """Let `effect` take in what this block writes."""
    token = _effect.set(effect)
    try:
        yield
    finally:
        _effect.reset(token)


async def commit_so_far(database: "Database") -> None:
    """Before something slow, or done outside: what the request has written is durable from here on, answered or not."""
    effect = effect_on(database)
    if effect is not None and effect.tx is not None:
        await effect.passed(effect.tx)
        await effect.commit()
