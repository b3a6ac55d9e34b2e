"""Looking at topics in the background and telling of spikes, signed, until the receiver has it."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from kernel.store.engine import Database
from services.social.alerts import repository, service
from services.social.alerts.domain.quiet import EVERY_MS, day_to_tell, wait_after
from services.social.connectors.domain.signatures import standard_headers
from services.social.connectors.errors import SourceTrouble
from services.social.connectors.fetching import Fetcher
from services.social.connectors.sealing import unseal
from services.social.insights.schemas import SpikeView

IDLE_S = 10.0
LEASE_MS = 120_000
_EPOCH = date(1970, 1, 1)


@dataclass(slots=True)
class Watcher:
    """Looks at each alert's topic every ten minutes."""

    database: Database
    fetcher: Fetcher
    key: bytes
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Say that an alert may be due."""
        self._news.set()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            self._news.clear()
            if not await self.look_once():
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_S):
                        await self._news.wait()

    async def look_once(self) -> bool:
        """Look at the alert that has waited longest; False where none is due."""
        now_ms = time.time_ns() // 1_000_000
        async with self.database.snapshot() as view:
            if not await repository.exists_due(view, now_ms):
                return False
        async with self.database.transaction() as tx:
            row = await repository.claim_due(tx, now_ms, now_ms + LEASE_MS)
        if row is None:
            return False
        async with self.database.snapshot() as view:
            spikes = {_day(one): one for one in await service.recent_spikes(view, row.topic_id, now_ms)}
        day = day_to_tell(list(spikes), row.told_day, row.told_ms, row.cooldown_h, now_ms)
        changed = (
            {"next_ms": now_ms + EVERY_MS} if day is None else await self._tell(row, day, spikes[day], now_ms)
        )
        async with self.database.transaction() as tx:
            await repository.change_alert(tx, row.alert_id, **changed)
        return True

    async def _tell(self, row: Any, day: int, spike: SpikeView, now_ms: int) -> dict[str, Any]:
        """Call the receiver; what changes in the row. The message's id is the same for each try of a day."""
        body = _message(row, spike, now_ms)
        secret = unseal(self.key, row.alert_id, row.sealed)["secret"]
        headers = standard_headers(secret, f"{row.alert_id}.{day}", int(now_ms / 1_000), body)
        try:
            answer = await self.fetcher.post(row.url, body, {"content-type": "application/json", **headers})
            trouble = None if 200 <= answer.status < 300 else f"status-{answer.status}"
        except SourceTrouble as error:
            trouble = error.code
        if trouble:
            next_ms = now_ms + wait_after(row.failures)
            return {"failures": row.failures + 1, "trouble": trouble, "next_ms": next_ms}
        return {
            "told_day": day,
            "told_ms": now_ms,
            "failures": 0,
            "trouble": None,
            "next_ms": now_ms + EVERY_MS,
        }


def _message(row: Any, spike: SpikeView, now_ms: int) -> bytes:
    """What is told: the spike with its reasons; who wrote stays here, even as a keyed hash."""
    told = spike.model_dump(mode="json", exclude={"authors"})
    data = {"alert": row.alert_id, "topic": row.topic_id, "spike": told}
    moment = datetime.fromtimestamp(now_ms / 1_000, UTC).isoformat()
    return msgspec.json.encode({"type": "social.spike", "timestamp": moment, "data": data})


def _day(spike: SpikeView) -> int:
    return (spike.date - _EPOCH).days
