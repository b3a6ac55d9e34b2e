"""The nightly job: once a night in Vietnam, in one process at a time, in small steps that give way to requests."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
import structlog

from kernel.errors import Fault
from kernel.store.engine import Database
from kernel.traffic import give_way
from services.ingest import moments
from services.ingest.holds.service import Ended, release_run_out
from services.ingest.records.domain.whom import SubjectReader
from services.ingest.retention import repository, service
from services.ingest.retention.domain import Rule, night_of
from services.ingest.vault.service import Vault

LOOK_EVERY_S = 60.0


@dataclass(slots=True)
class Nights:
    """Ends holds that have run out, and carries out the rules where they are active. `run` until cancelled."""

    database: Database
    vault: Vault
    reader: SubjectReader
    hold_ended: Ended

    async def run(self) -> None:
        """Look every minute whether a night's work is to be done; failures are waited out."""
        while True:
            try:
                await self.work(datetime.now(UTC))
            except (Fault, sa.exc.SQLAlchemyError, OSError) as error:
                structlog.get_logger().warning("retention waits", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def work(self, now: datetime) -> bool:
        """Do what is due at `now`; whether a night's work was done here."""
        await release_run_out(self.database, self.vault, self.hold_ended)
        day = night_of(now)
        async with self.database.snapshot() as connection:
            policy = await service.current_policy(connection)
            if day is None or not policy.active or await repository.is_over(connection, day):
                return False
        async with self.database.transaction() as tx:
            if not await repository.take_night(tx, day, policy.version):
                return False
        await self._delete_records(day, policy.rules)
        for rule in policy.rules:
            if rule.of != "records":
                await self._delete_others(day, rule)
        async with self.database.transaction() as tx:
            await repository.add_counts(tx, day, await service.delete_grants(tx))
            await repository.end_night(tx, day)
        structlog.get_logger().info("retention done", day=day, policy=policy.version)
        return True

    async def _delete_records(self, day: str, rules: Sequence[Rule]) -> None:
        """One walk over all records, read from a snapshot, so that the writer is held for each batch only."""
        now, after = moments.now(), None
        while True:
            async with self.database.snapshot() as connection:
                keys = await service.next_records(connection, rules, now, after)
            if not keys:
                return
            began = time.monotonic()
            async with self.database.transaction() as tx:
                counts = await service.delete_records(tx, self.vault, self.reader, keys)
                await repository.add_counts(tx, day, counts)
            await give_way(time.monotonic() - began)
            after = keys[-1]

    async def _delete_others(self, day: str, rule: Rule) -> None:
        now = moments.now()
        while True:
            began = time.monotonic()
            async with self.database.transaction() as tx:
                counts = await service.delete_others(tx, self.vault, rule, now)
                await repository.add_counts(tx, day, counts)
            if not counts:
                return
            await give_way(time.monotonic() - began)
