"""Sending what waits: each destination by itself, so that a dead one slows nobody."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.activation import repository
from gateway.activation.domain.signing import signed_headers
from gateway.activation.domain.trying import GONE, KEPT_FOR, is_taken, wait_after
from gateway.activation.service import Desk
from kernel.store.engine import Database
from kernel.web.outward import OutwardTrouble

IDLE_S: Final = 1.0
CLEAN_EVERY_S: Final = 3_600.0
AT_ONCE: Final = 32
"""Destinations that are sent to at the same time."""

A_TURN: Final = 20
"""Messages for one destination before it is another's turn."""

LEASE: Final = timedelta(minutes=6)
"""Longer than a turn takes whose every message waits for its time-out."""


@dataclass(slots=True)
class Sender:
    """Runs until cancelled."""

    database: Database
    desk: Desk
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _running: set[str] = field(default_factory=set)

    def wake(self) -> None:
        """Say that something may be due."""
        self._news.set()

    async def run(self) -> None:
        """Send for ever."""
        async with asyncio.TaskGroup() as group:
            clean_at = 0.0
            while True:
                if time.monotonic() >= clean_at:
                    await self._clean()
                    clean_at = time.monotonic() + CLEAN_EVERY_S
                self._news.clear()
                await self._start_due(group)
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_S):
                        await self._news.wait()

    async def _clean(self) -> None:
        async with self.database.transaction() as tx:
            await repository.forget_messages(tx, datetime.now(UTC) - KEPT_FOR)

    async def _start_due(self, group: asyncio.TaskGroup) -> None:
        now = datetime.now(UTC)
        async with self.database.snapshot() as connection:
            due = await repository.due_webhooks(connection, now, AT_ONCE)
        for row in due:
            if row.id not in self._running and len(self._running) < AT_ONCE:
                self._running.add(row.id)
                group.create_task(self._turn(row))

    async def _turn(self, row: repository.Row) -> None:
        try:
            await self.send_due(row)
        finally:
            self._running.discard(row.id)
            self.wake()

    async def send_due(self, row: repository.Row) -> int:
        """Send what is due for one destination, oldest first, until one fails; how many were tried."""
        now, tried = datetime.now(UTC), 0
        async with self.database.transaction() as tx:
            if not await repository.lease(tx, row.id, now, now + LEASE):
                return 0
            waiting = await repository.due_messages(tx, row.id, now, A_TURN)
        again: datetime | None = datetime.now(UTC)
        try:
            for one in waiting:
                tried += 1
                if not await self._send(row, one):
                    again = None
                    break
        finally:
            if again is not None:
                async with self.database.transaction() as tx:
                    await repository.change_webhook(tx, row.id, {"next_at": again})
        return tried

    async def _send(self, row: repository.Row, one: repository.Row) -> bool:
        """Try one message, and note what came of it; whether the destination is worth another."""
        now = datetime.now(UTC)
        headers = signed_headers(self._secrets(row, now), one.id, int(now.timestamp()), one.body)
        try:
            status = await self.desk.outward.post(row.url, one.body, headers)
            answer, taken = str(status), is_taken(status)
        except OutwardTrouble as error:
            status, answer, taken = 0, error.code, False
        message, webhook = _outcome(row, one, answer, datetime.now(UTC), taken=taken, gone=status == GONE)
        async with self.database.transaction() as tx:
            await repository.change_message(tx, one.id, message)
            await repository.change_webhook(tx, row.id, webhook)
        return taken

    def _secrets(self, row: repository.Row, now: datetime) -> list[str]:
        sealed = [row.secret]
        if row.former_secret and row.former_until > now:
            sealed.append(row.former_secret)
        return [self.desk.opened(row.id, one) for one in sealed]


def _outcome(
    row: repository.Row, one: repository.Row, answer: str, now: datetime, *, taken: bool, gone: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changes of the message, and of its destination. One that fails is left alone for a while with all its
    messages: 5 s at first, then as long as the message's next try."""
    tries = one.tries + 1
    if taken:
        done = {"state": "delivered", "tries": tries, "answer": answer, "ended_at": now}
        return done, {"failures": 0, "trouble": None}
    wait = wait_after(tries)
    failed: dict[str, Any] = {"tries": tries, "answer": answer}
    failed |= {"next_at": now + wait} if wait else {"state": "failed", "ended_at": now}
    rest = min(wait or timedelta(minutes=5), timedelta(minutes=5))
    webhook: dict[str, Any] = {"failures": row.failures + 1, "trouble": answer, "next_at": now + rest}
    if gone:
        webhook |= {"state": "disabled", "trouble": "gone"}
    return failed, webhook
