"""Reading sources in the background, one at a time, later and later where they fail."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from kernel.store.engine import Database
from services.social.analysis.service import Readers
from services.social.connectors import repository, service
from services.social.connectors.domain.needs import EVERY_S
from services.social.connectors.domain.terms import TERMS
from services.social.connectors.errors import SourceTrouble
from services.social.connectors.fetching import Fetcher
from services.social.connectors.polling import POLLS, Read
from services.social.mentions import service as mentions
from services.social.mentions.domain.incoming import handles_in, take_items
from services.social.people.service import Speakers

IDLE_S = 5.0
LEASE_MS = 900_000
"""So long nobody else reads a source that one process began to read."""
FIRST_WAIT_S, LONGEST_WAIT_S = 60.0, 6 * 3_600.0
GOES_ON_MS = 1_000
"""A source with more pages waiting is read on after so long."""
DROPPED_A_TURN = 1_000


@dataclass(slots=True)
class Poller:
    """Reads what is due and deletes what may be kept no longer. `bases`: kind to the address of the platform's API."""

    database: Database
    readers: Readers
    fetcher: Fetcher
    speakers: Speakers
    key: bytes
    secret: bytes
    bases: Mapping[str, str]
    on_stored: Callable[[], None]
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Say that a source may be due."""
        self._news.set()

    async def run(self) -> None:
        """Read for ever."""
        while True:
            self._news.clear()
            if not (await self.read_one() or await self.drop_some()):
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_S):
                        await self._news.wait()

    async def read_one(self) -> bool:
        """Read the source that has waited longest; False where none is due."""
        now_ms = _now_ms()
        async with self.database.snapshot() as view:
            if not await repository.exists_due(view, now_ms):
                return False
        async with self.database.transaction() as tx:
            row = await repository.claim_due(tx, now_ms, now_ms + LEASE_MS)
        if row is None:
            return False
        source = service.opened(self.key, row)
        options = {**source.options, "base_url": self.bases.get(source.kind, "")}
        try:
            read = await POLLS[source.kind](self.fetcher, options, source.secrets, source.state)
        except SourceTrouble as trouble:
            await self._postpone(row, trouble)
        else:
            await self._store(source, read)
        return True

    async def drop_some(self) -> bool:
        """Delete some of what its source lets be kept no longer; False where there is none."""
        now_ms = _now_ms()
        async with self.database.snapshot() as view:
            if not await mentions.has_expired(view, now_ms):
                return False
        async with self.database.transaction() as tx:
            await mentions.drop_expired(tx, now_ms, DROPPED_A_TURN)
        return True

    async def _store(self, source: service.Source, read: Read) -> None:
        now_ms = _now_ms()
        linkable = TERMS[source.kind].linkable
        judged = (
            await self.readers.run(take_items, read.mentions, self.secret, now_ms, linkable=linkable)
            if read.mentions
            else []
        )
        brought = service.Brought(judged, await self.speakers.meet(handles_in(judged)))
        wait_ms = GOES_ON_MS if "page" in read.state else int(EVERY_S[source.kind] * 1_000)
        state = msgspec.json.encode(read.state).decode()
        async with self.database.transaction() as tx:
            await service.take(tx, source, brought, now_ms, state=state, next_ms=now_ms + wait_ms)
        self.on_stored()

    async def _postpone(self, row: Any, trouble: SourceTrouble) -> None:
        doubled = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(row.failures, 12))
        next_ms = _now_ms() + int(max(trouble.wait_s or 0.0, doubled) * 1_000)
        async with self.database.transaction() as tx:
            await repository.change_connector(
                tx, row.connector_id, failures=row.failures + 1, trouble=trouble.code, next_ms=next_ms
            )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
