"""The intake: concurrent requests share a transaction, and each gets its own receipts.

No waiting on purpose: while one transaction commits, the next collects. (Waiting 4 ms for company was tried: 5 % less
CPU a single event, and a sixth fewer of them.)
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import Unavailable
from kernel.store.engine import Database, uninterrupted
from kernel.store.failures import is_transient
from kernel.telemetry import metrics, sampled_traceparent
from services.ingest.records.acceptance import Acceptance, Rooms
from services.ingest.records.domain.draft import Draft, draft_of
from services.ingest.records.domain.receipts import Receipt
from services.ingest.records.domain.whom import SubjectReader

TRIES = 3
WARY_S = 5.0
"""How long after a repeated record others are looked for before they are stored: repeats come in bursts."""

_AGAIN = frozenset({"40P01", "40001"})  # PostgreSQL: deadlock, serialization failure


Also = Callable[[AsyncConnection, Acceptance, Sequence[Receipt]], Awaitable[None]]
"""What else a transaction does, once it is known what became of its records."""


class Parcel(NamedTuple):
    """One request's drafts and where its receipts are awaited."""

    drafts: Sequence[Draft]
    done: "asyncio.Future[list[Receipt]]"


@dataclass(slots=True)
class Intake:
    """The way in for records. `run` must be running for `submit` to return."""

    database: Database
    rooms: Rooms
    group_size: int
    clock_skew: timedelta
    _wary_until: float = 0.0
    _parcels: deque[Parcel] = field(default_factory=deque)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def draft(
        self, raws: Sequence[bytes], fallback: str | None, reader: SubjectReader | None = None
    ) -> list[Draft]:
        """Records as read and judged without the database; `fallback` is the source of those that name none.

        Subjects are remembered in `reader`, where whoever sends them is not soon to come again.
        """
        latest = datetime.now(UTC) + self.clock_skew
        reader, traceparent = reader or self.rooms.reader, sampled_traceparent()
        drafts = [draft_of(raw, reader, latest, fallback) for raw in raws]
        if traceparent:  # others would weigh 70 bytes a record and tell nobody anything
            for draft in drafts:
                draft.traceparent = traceparent
        return drafts

    async def submit(self, raws: Sequence[bytes], fallback: str | None = None) -> list[Receipt]:
        """Receipts in input order, after the commit. Raises Unavailable where the database does not take them."""
        return await self.take(self.draft(raws, fallback))

    async def take(self, drafts: Sequence[Draft]) -> list[Receipt]:
        """As `submit`, of drafts to which their maker has added what the records themselves do not say."""
        if len(drafts) * 2 > self.group_size:  # a big batch is a group by itself
            return await uninterrupted(self._commit(drafts))
        done: asyncio.Future[list[Receipt]] = asyncio.get_running_loop().create_future()
        self._parcels.append(Parcel(drafts, done))
        self._news.set()
        return await done

    async def submit_with(
        self, raws: Sequence[bytes], fallback: str, also: Also, reader: SubjectReader | None = None
    ) -> list[Receipt]:
        """As `submit`, in a transaction of their own in which `also` is done too: both or neither."""
        return await uninterrupted(self._commit(self.draft(raws, fallback, reader), also))

    async def run(self) -> None:
        """Commit group after group until cancelled, which the chassis does only while no transaction is open."""
        group: list[Parcel] = []
        try:
            while True:
                await self._news.wait()
                group = self._collect()
                await self._flush(group)
        finally:
            for parcel in (*group, *self._parcels):
                if not parcel.done.done():
                    parcel.done.set_exception(Unavailable("The service stops."))
            self._parcels.clear()

    def _collect(self) -> list[Parcel]:
        group: list[Parcel] = []
        size = 0
        while self._parcels and (not group or size + len(self._parcels[0].drafts) <= self.group_size):
            group.append(self._parcels.popleft())
            size += len(group[-1].drafts)
        if not self._parcels:
            self._news.clear()
        return group

    async def _flush(self, group: list[Parcel]) -> None:
        try:
            receipts = await self._commit([draft for parcel in group for draft in parcel.drafts])
        except Exception as error:  # noqa: BLE001 - whatever one request's records did, the others must not suffer
            if len(group) == 1:
                _fail(group[0], error)
                return
            for parcel in group:
                await self._flush([parcel])
            return
        start = 0
        for parcel in group:
            own = receipts[start : start + len(parcel.drafts)]
            start += len(own)
            if not parcel.done.done():  # the client may have gone; its records are stored all the same
                parcel.done.set_result(_renumbered(own))

    async def _commit(self, drafts: Sequence[Draft], also: Also | None = None) -> list[Receipt]:
        for attempt in range(TRIES):
            expects_news = not attempt and monotonic() >= self._wary_until
            acceptance = Acceptance(self.rooms, drafts, expects_news=expects_news)
            try:
                async with self.database.transaction() as tx:
                    receipts = await acceptance.run(tx)
                    if also is not None:
                        await also(tx, acceptance, receipts)
            except (sa.exc.SQLAlchemyError, OSError) as error:
                if attempt + 1 < TRIES and _may_succeed(error):
                    self._wary_until = monotonic() + WARY_S
                    continue
                if is_transient(error):
                    raise Unavailable(
                        "The database does not take records now; nothing was stored."
                    ) from error
                raise
            await self.finish(acceptance)
            return receipts
        raise Unavailable()

    async def finish(self, acceptance: Acceptance) -> None:
        """After the commit: keys of items that left the quarantine go, and the metrics learn."""
        await self.rooms.vault.discard(list(acceptance.left))
        for status, count in acceptance.statuses.items():
            metrics().records.labels(status).inc(count)


def _may_succeed(error: Exception) -> bool:
    """Another transaction stored the same record at the same moment, or the server asked to try again."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    return isinstance(error, sa.exc.IntegrityError) or state in _AGAIN


def _fail(parcel: Parcel, error: Exception) -> None:
    if not parcel.done.done():
        parcel.done.set_exception(error)


def _renumbered(receipts: list[Receipt]) -> list[Receipt]:
    for index, receipt in enumerate(receipts):
        receipt.index = index
    return receipts
