"""A service in small: it publishes `SubjectCreated` events and consumes them into a table that remembers the order."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.subjects import SubjectCreated
from kernel.ids import new_id
from kernel.log.port import Entry, Log, LogUnavailable, Message
from kernel.store.consumer import Consumer, Handle, Handler
from kernel.store.engine import Database
from kernel.store.outbox import publish
from kernel.store.relay import Relay
from kernel.store.tables import store_tables
from tests.happened import envelope
from tests.running import from_the_start

TOPIC = "subjects.changed"

metadata = sa.MetaData()
store = store_tables(metadata)
applied = sa.Table(
    "applied",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)


def made(subject: str | None = None) -> SubjectCreated:
    """An event about someone, or about a person of its own."""
    return SubjectCreated(**envelope(subject or new_id()))


async def remember(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """The effect of consuming: a row an event, so that a repeated effect shows."""
    rows = [{"event": event.id, "subject": event.subject, "sequence": event.sequence} for event in events]
    await tx.execute(sa.insert(applied), rows)


@dataclass
class World:
    """The parts of the service, and what became of them."""

    database: Database
    log: Log

    def relay(self, log: Log | None = None, *, database: Database | None = None) -> Relay:
        return Relay("tester", database or self.database, store, log or self.log)

    def consumer(self, handle: Handle = remember, *, sees_erased: bool = False, limit: int = 500) -> Consumer:
        handlers = [Handler(TOPIC, "service", handle, sees_erased)]
        return Consumer("tester.all", self.database, store, self.log, handlers, limit)

    async def publish(self, *events: Event) -> None:
        async with self.database.transaction() as tx:
            await publish(tx, store, events)

    async def relay_all(self, relay: Relay | None = None) -> None:
        relay = relay or self.relay()
        sent = await relay.cycle()
        while sent:
            sent = await relay.cycle(sent)
        await relay.release()

    async def consume_all(self, consumer: Consumer | None = None) -> None:
        """Step until nothing comes any more."""
        consumer = consumer or self.consumer()
        member = await self.log.subscribe(consumer.name, [TOPIC], consumer.position_of)
        while await consumer.step(member, wait=0.05) or consumer._astray:
            pass
        await member.close()

    async def stop(self, *tasks: asyncio.Task[None]) -> None:
        """Stop background parts as the chassis does it."""
        await self.database.pause()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.database.resume()

    async def rows(self, query: sa.Select[tuple[str]]) -> list[sa.Row[tuple[str]]]:
        async with self.database.snapshot() as connection:
            return list(await connection.execute(query))

    async def applied_events(self) -> list[str]:
        return [row.event for row in await self.rows(sa.select(applied).order_by(applied.c.number))]

    async def letters(self) -> list[sa.Row[tuple[str]]]:
        return await self.rows(sa.select(store.dead_letter))

    async def logged(self) -> list[Message]:
        """Everything in the topic, partition after partition."""
        messages: list[Message] = []
        reader = await self.log.subscribe("reader", [TOPIC], from_the_start)
        while batches := await reader.next(wait=0.05, limit=100_000):
            messages += [message for batch in batches for message in batch.messages]
        await reader.close()
        return messages


@dataclass
class Fault:
    """A log that fails where it is told to: before it appends, or after, when nobody hears of the success."""

    log: Log
    before: Callable[[], bool] = lambda: False
    after: Callable[[], bool] = lambda: False

    async def append(self, entries: Sequence[Entry]) -> None:
        if self.before():
            raise LogUnavailable("before")
        await self.log.append(entries)
        if self.after():
            raise LogUnavailable("after")

    def __getattr__(self, name: str) -> object:
        return getattr(self.log, name)
