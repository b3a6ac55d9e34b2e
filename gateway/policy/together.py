"""What waits at the same moment is done together: one transaction and one commit for all of it.

The first who asks is served at once; whoever comes while that runs shares the next run. A run begins after each of its
questions was asked, so that each sees everything that was committed before.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

Work = Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]]
"""Answers in the order of the questions; an Exception is raised to the one who asked."""

MOST = 128
"""Questions a run."""


@dataclass(slots=True)
class Together(Generic[T, R]):
    """Questions that wait, and the task that answers them."""

    _waiting: list[tuple[T, "asyncio.Future[R]"]] = field(default_factory=list)
    _running: "asyncio.Task[None] | None" = None

    async def ask(self, question: T, work: Work[T, R]) -> R:
        """The answer to `question`. Raises what the work raises for it."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run(work))
        return await future

    async def _run(self, work: Work[T, R]) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                answers = await work([question for question, _ in taken])
            except Exception as error:  # noqa: BLE001 - whoever asked must hear of it, or would wait for ever
                answers = [error] * len(taken)
            for (_, future), answer in zip(taken, answers, strict=True):
                if future.done():
                    continue  # who asked has gone
                if isinstance(answer, Exception):
                    future.set_exception(answer)
                else:
                    future.set_result(answer)
