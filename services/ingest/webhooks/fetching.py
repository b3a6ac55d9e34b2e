"""The durable queue of leads: what was announced is fetched until it is stored, whatever fails in between."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from kernel.errors import Fault, NotFound
from kernel.store.engine import Database
from services.ingest import moments
from services.ingest.records.intake import Intake
from services.ingest.webhooks import repository, service
from services.ingest.webhooks.domain.hooks import Hook, record_of
from services.ingest.webhooks.domain.leads import lead_of
from services.ingest.webhooks.graph import Graph, GraphTrouble

GROUP = 20
POLL_S = 1.0
LEASE_S = 120.0
FIRST_WAIT_S, LONGEST_WAIT_S = 2.0, 3_600.0
GIVEN_UP_AFTER_S = 90 * 86_400
"""Meta keeps leads for 90 days; until then what cannot be fetched is tried again."""


@dataclass(slots=True)
class LeadFetcher:
    """Fetches leads and submits them. Several processes share the work; a fetch may be done twice, which stores a
    duplicate's receipt and no more."""

    database: Database
    intake: Intake
    graph: Graph
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Something new is to be fetched."""
        self._news.set()

    async def run(self) -> None:
        """Fetch whatever is due, until cancelled."""
        while True:
            if not await self.fetch_due():
                try:
                    await asyncio.wait_for(self._news.wait(), POLL_S)
                except TimeoutError:
                    continue
                self._news.clear()

    async def fetch_due(self) -> int:
        """Fetch what is due, up to GROUP; returns how many were tried."""
        async with self.database.snapshot() as connection:
            if not await repository.anything_due(connection):
                return 0
        async with self.database.transaction() as tx:
            rows = await repository.take_due(tx, GROUP, moments.now() + int(LEASE_S * 1e6))
        for row in rows:
            await self._fetch(row)
        return len(rows)

    async def _fetch(self, row: Any) -> None:
        try:
            async with self.database.snapshot() as connection:
                hook = await service.open_hook(connection, self.intake.rooms.vault, row.hook_id)
            await self._bring(hook, row)
        except NotFound:
            async with self.database.transaction() as tx:
                await repository.remove_fetch(tx, row.id)
        except GraphTrouble as trouble:
            await self._postpone(row, trouble)
        except (Fault, sa.exc.SQLAlchemyError, OSError) as error:
            await self._postpone(row, GraphTrouble(type(error).__name__))

    async def _bring(self, hook: Hook, row: Any) -> None:
        secret = hook.secrets.secret
        more: str | None = None
        if row.what == service.LEAD:
            leads: Sequence[dict[str, Any]] = [await self.graph.lead(row.target, secret)]
        else:
            leads, more = await self.graph.leads(row.target, row.after, row.since, secret)
        things = [thing for lead in leads if (thing := lead_of(hook, lead))]
        receipts = await self.intake.submit([record_of(hook, thing) for thing in things], hook.source)
        async with self.database.transaction() as tx:
            await service.count(tx, hook.id, Counter(receipt.status for receipt in receipts))
            if more is None:
                await repository.remove_fetch(tx, row.id)
            else:
                await repository.change_fetch(
                    tx, row.id, after=more, due_at=moments.now(), tries=0, trouble=None
                )
        if more is not None:
            self.wake()

    async def _postpone(self, row: Any, trouble: GraphTrouble) -> None:
        """Later and later, up to an hour; never given up while the provider still keeps the lead."""
        wait = trouble.wait_s or min(FIRST_WAIT_S * 2 ** min(row.tries, 12), LONGEST_WAIT_S)
        old = moments.now() - row.created_at > GIVEN_UP_AFTER_S * 1_000_000
        state = repository.GONE if old else repository.WAITING
        async with self.database.transaction() as tx:
            await repository.change_fetch(
                tx,
                row.id,
                state=state,
                due_at=moments.now() + int(wait * 1e6),
                tries=row.tries + 1,
                trouble=trouble.reason,
            )
            if state == repository.GONE:
                await service.count(tx, row.hook_id, {"lost": 1})
