"""The persona service as tests run it: a real app over files; only the other services are played by the test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI

from kernel.contracts.consents import ConsentChanged, ConsentHeartbeat, PurposeState
from kernel.contracts.event import Event, stamp
from kernel.contracts.topics import PARTITIONS, TOPICS, partition_of, topic_of
from kernel.ids import new_id
from kernel.log.open import open_log
from kernel.log.port import Entry, Log
from kernel.store.engine import Database
from kernel.web.internal import HEADER, Caller, InternalTokens
from kernel.web.upstream import Reply, call
from services.persona.app import create_app
from services.persona.settings import PersonaSettings

SECRET = "an internal secret of the tests, 32+ bytes"
SCOPES = frozenset({"personas:read", "personas:write"})
KEYS = {partition_of(str(n).encode()): str(n).encode() for n in range(1000)}
"""A key for each partition."""


@dataclass(slots=True)
class Feed:
    """Puts events into the log as another service's relay would: stamped, in order."""

    log: Log
    producer: str = "test"
    _sequence: int = 0

    async def send(self, *events: Event) -> None:
        """Append events to their topics."""
        await self.log.append([self._entry(event) for event in events])

    async def beat(self) -> None:
        """A heartbeat of the consent ledger in each partition, now."""
        now = datetime.now(UTC)
        for partition in range(PARTITIONS):
            event = ConsentHeartbeat(**_envelope(None, now), partition=partition)
            await self.log.append([self._entry(event)._replace(key=KEYS[partition])])

    def _entry(self, event: Event) -> Entry:
        self._sequence += 1
        value = stamp(msgspec.json.encode(event), self.producer, "epoch", self._sequence)
        return Entry(topic_of(type(event)), event.key, value)


def consented(
    subject: str, *, ledger_version: int = 1, granted: bool = True, restricted: bool = False
) -> ConsentChanged:
    """A person's consent state: profiling in force, or withdrawn."""
    now = datetime.now(UTC)
    state = PurposeState(granted_at=now if granted else None, withdrawn_at=None if granted else now)
    return ConsentChanged(
        **_envelope(subject, now),
        ledger_version=ledger_version,
        purposes={"profiling": state},
        restricted=restricted,
    )


def _envelope(subject: str | None, now: datetime) -> dict[str, Any]:
    return {"id": new_id(), "version": 1, "subject": subject, "occurred_at": now, "recorded_at": now}


@dataclass(slots=True)
class Persona:
    """A running persona service and the log around it."""

    app: FastAPI
    log: Log
    feed: Feed
    tokens: InternalTokens = field(default_factory=lambda: InternalTokens(SECRET.encode()))

    @property
    def database(self) -> Database:
        """The service's own database."""
        database: Database = self.app.state.chassis.database
        return database

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        scopes: frozenset[str] = SCOPES,
        purposes: frozenset[str] = frozenset({"profiling"}),
    ) -> Reply:
        """A request as the gateway passes it on."""
        caller = Caller("operator", "operator", scopes, purposes)
        headers = ((HEADER, self.tokens.mint(caller).encode()), (b"content-type", b"application/json"))
        return await call(
            self.app, method, path, headers=headers, body=b"" if body is None else msgspec.json.encode(body)
        )

    async def get(self, path: str) -> Any:
        """The JSON answer of a GET that must succeed."""
        reply = await self.ask("GET", path)
        assert reply.status == 200, reply.body
        return msgspec.json.decode(reply.body)

    async def until(self, check: Callable[[], Any], *, within: float = 60.0) -> Any:
        """The first true answer of `check` (a coroutine function); fails after `within` seconds."""
        async with asyncio.timeout(within):
            while not (found := await check()):  # noqa: ASYNC110 - what is waited for is in files and databases
                await asyncio.sleep(0.05)
            return found


@asynccontextmanager
async def running(folder: Path, *, database_url: str = "", **settings: Any) -> AsyncIterator[Persona]:
    """The service over files in `folder` (or the database given), with an empty log, until the block ends."""
    log = open_log(f"sqlite:///{folder}/log.db")
    await log.start()
    await log.create_topics(TOPICS.values())
    made = PersonaSettings(
        data_dir=folder / "var",
        key_dir=folder / "keys",
        internal_key=SECRET,
        database_url=database_url,
        **settings,
    )
    app = create_app(made, log=log)
    async with app.router.lifespan_context(app):
        yield Persona(app, log, Feed(log))
    await log.stop()


async def all_applied(persona: Persona) -> bool:
    """True where everything sent so far has been applied by every consumer."""
    lags = [await consumer.lag() for consumer in persona.app.state.chassis.consumers]
    return not any(events for lag in lags for events in lag.values())
