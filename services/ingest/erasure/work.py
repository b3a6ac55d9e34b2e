"""The job that carries erasures out, step by step, each of which may be the last before a crash and is safe again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import structlog

from kernel.errors import Fault
from kernel.log.port import Log
from kernel.store.consumer import Consumer
from kernel.store.engine import Database
from kernel.store.outbox import publish
from services.ingest import moments
from services.ingest.erasure import repository, service
from services.ingest.holds.service import fill_all, kept_of
from services.ingest.tables import store
from services.ingest.vault.service import Vault

LOOK_EVERY_S = 0.5

Ends = dict[tuple[str, int], int]


@dataclass(slots=True)
class Erasures:
    """Carries out what was begun. `run` until cancelled; in several processes one works on a request at a time."""

    database: Database
    log: Log
    vault: Vault
    consumers: Sequence[Consumer]
    """Whose topics must have passed the ends that they had."""
    parts: Sequence[service.Forget]
    """What every slice does about erased people, beside records, quarantine and identifiers."""
    _outbox: dict[str, set[str]] = field(default_factory=dict)
    """By request: the outbox rows that waited when it was first seen here. A restart takes more, which is safe."""
    _ends: dict[str, Ends] = field(default_factory=dict)
    """By request: the ends of our topics when it was first seen here."""

    async def run(self) -> None:
        """Look for open erasures for ever; failures are waited out."""
        while True:
            try:
                async with self.database.snapshot() as connection:
                    waiting = await repository.open_erasures(connection)
                for row in waiting:
                    await self.step(row)
            except (Fault, sa.exc.SQLAlchemyError, OSError) as error:
                structlog.get_logger().warning("erasure waits", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def step(self, row: Any) -> bool:
        """Do what can be done for one request now; whether it is confirmed.

        The outbox is drained first; then holds take what they must keep, the keys are destroyed, the rows deleted;
        and once our topics have passed the ends that they had, deleted again: a batch that was in flight may have
        brought something, and nothing comes after it.
        """
        if not await self._drained(row.request_id):
            return False
        await fill_all(self.database, self.vault, row.origins)
        await self.vault.destroy(row.origins)
        await self._delete(row)
        if not await self._passed(row.request_id):
            return False
        await self._delete(row)
        await self._confirm(row)
        self._outbox.pop(row.request_id, None)
        self._ends.pop(row.request_id, None)
        return True

    async def _drained(self, request_id: str) -> bool:
        async with self.database.snapshot() as connection:
            waiting = self._outbox.get(request_id)
            left = self._outbox[request_id] = await repository.outbox_ids(connection, waiting)
        return not left

    async def _delete(self, row: Any) -> None:
        while True:
            async with self.database.transaction() as tx:
                locked = await repository.lock_open(tx, row.request_id)
                if locked is None:
                    return
                counts, finished = await service.delete_some(tx, self.vault, row.origins, self.parts)
                await repository.add_counts(tx, row.request_id, locked.destroyed, counts)
            if finished:
                return

    async def _passed(self, request_id: str) -> bool:
        topics = [handler.topic for consumer in self.consumers for handler in consumer.handlers]
        if request_id not in self._ends:
            self._ends[request_id] = await self.log.ends(topics)
        for (topic, partition), end in self._ends[request_id].items():
            reading = [one for one in self.consumers if topic in {handler.topic for handler in one.handlers}]
            for consumer in reading:
                if (await consumer.position_of(topic, partition) or 0) < end:
                    return False
        return True

    async def _confirm(self, row: Any) -> None:
        now = moments.now()
        async with self.database.transaction() as tx:
            locked = await repository.lock_open(tx, row.request_id)
            if locked is None:
                return
            keys = await self.vault.destroyed_among(row.origins)
            kept = await kept_of(tx, row.origins)
            destroyed = {**locked.destroyed, "data keys": len(keys)}
            await publish(tx, store, [service.confirmation(row.request_id, destroyed, kept, now)])
            await repository.confirm(tx, row.request_id, moments.moment_of(now))
        structlog.get_logger().info("person erased", request_id=row.request_id, held=sum(n for _, n in kept))
