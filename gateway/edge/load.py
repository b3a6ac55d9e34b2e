"""How much may be under way, and for how long: what is too much is refused at once, before queues grow."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from gateway.clients.sessions import Session
from gateway.errors import DeadlinePassed, Overloaded, TooManyAtOnce
from kernel.errors import MalformedInput
from kernel.web.asgi import Scope, header

DEADLINE: Final = b"x-deadline-ms"
"""Milliseconds that the client is going to wait: what is not answered by then is given up, here and in the services."""

LONGEST_MS: Final = 3_600_000
SOON: Final = {"Retry-After": "1"}


@dataclass(slots=True)
class Load:
    """Counts the requests under way, in all and by client."""

    at_once: int
    most: int
    total: int = 0
    _by_client: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def under_way(self, session: Session | None) -> Iterator[None]:
        """One request. Raises Overloaded, or TooManyAtOnce where its client has too many."""
        if self.total >= self.most:
            raise Overloaded("Try again in a moment.", headers=SOON)
        client = session.caller.client_id if session is not None else ""
        if session is not None:
            most = (session.terms.at_once if session.terms else None) or self.at_once
            if self._by_client[client] >= most:
                raise TooManyAtOnce(f"The client may have {most} requests under way.", headers=SOON)
        self.total += 1
        self._by_client[client] += 1
        try:
            yield
        finally:
            self.total -= 1
            self._by_client[client] -= 1
            if not self._by_client[client]:
                del self._by_client[client]


async def in_time(scope: Scope, work: Awaitable[None]) -> None:
    """`work`, given up when the client's own deadline passes, if it named one.

    Raises DeadlinePassed; MalformedInput for a deadline that is no number of milliseconds up to an hour.
    """
    given = header(scope, DEADLINE)
    if given is None:
        await work
        return
    if not given.isdigit() or not 0 < int(given) <= LONGEST_MS:
        _dropped(work)
        raise MalformedInput(f"X-Deadline-Ms is a number of milliseconds up to {LONGEST_MS}.")
    try:
        async with asyncio.timeout(int(given) / 1_000):
            await work
    except TimeoutError as error:
        raise DeadlinePassed("What was asked for may or may not have been done.") from error


def _dropped(work: Awaitable[None]) -> None:
    if asyncio.iscoroutine(work):
        work.close()
