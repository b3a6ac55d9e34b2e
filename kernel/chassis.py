"""What every service runs on: database, log, relay, consumers and background jobs, started and stopped together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

import sqlalchemy as sa
import structlog

from kernel.contracts.topics import TOPICS
from kernel.log.open import open_log
from kernel.log.port import Log
from kernel.settings import ServiceSettings
from kernel.store.answers import answers_about
from kernel.store.consumer import Consumer, Handler
from kernel.store.engine import Database
from kernel.store.erasures import Destroy, Erasures, nothing_outside
from kernel.store.holdings import Holding, Show
from kernel.store.migrate import migrate
from kernel.store.relay import Relay
from kernel.store.tables import StoreTables
from kernel.telemetry import metrics

Job = Callable[[], Awaitable[None]]
Check = Callable[[], Awaitable[str]]

RESTART_S = 1.0
STOP_S = 15.0
"""How long a stopping service waits for its background: less than orchestrators give it to end."""


class Reading(Protocol):
    """A topic that is read, and what for."""

    @property
    def topic(self) -> str: ...
    @property
    def purpose(self) -> str: ...


class Follower(Protocol):
    """What reads topics for ever: a Consumer, or what keeps its position elsewhere than in the database."""

    @property
    def name(self) -> str: ...
    @property
    def handlers(self) -> Sequence[Reading]: ...
    @property
    def lost(self) -> str:
        """What was lost, where retention passed its position; empty where nothing was."""

    async def run(self) -> None:
        """Read until cancelled."""

    async def lag(self) -> dict[str, int]:
        """Events not yet applied, by topic."""

    async def position_of(self, topic: str, partition: int) -> int | None:
        """The next offset to apply, None where nothing was applied yet."""


@dataclass(slots=True)
class Chassis:
    """A service's moving parts. `running()` brings the schema up, starts everything, and stops it in order."""

    settings: ServiceSettings
    metadata: sa.MetaData
    store: StoreTables
    shared_log: Log | None = None
    """Given where several services share one process and so one log; whoever made it starts and stops it."""
    database: Database = field(init=False)
    log: Log = field(init=False)
    relay: Relay = field(init=False)
    consumers: list[Follower] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    door_jobs: list[Job] = field(default_factory=list)
    """What answering needs: runs in every process, also where the rest of the background does not."""
    closers: list[Job] = field(default_factory=list)
    """Awaited after everything else has stopped."""
    checks: dict[str, Check] = field(default_factory=dict)
    """More of what must hold before the service is ready, by name: each tells the trouble, or nothing."""
    holdings: list[Holding] = field(default_factory=list)
    shows: list[Show] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = Database(self.settings.resolved_database_url(), pool=self.settings.database_pool)
        self.log = self.shared_log or open_log(self.settings.resolved_log_url())
        self.relay = Relay(self.settings.service, self.database, self.store, self.log)

    def consume(
        self, group: str, handlers: Sequence[Handler], *, limit: int = 2_000, patient: bool = False
    ) -> Consumer:
        """Add a consumer group `<service>.<group>` over `handlers`; a `patient` one gives way to requests."""
        name = f"{self.settings.service}.{group}"
        consumer = Consumer(name, self.database, self.store, self.log, handlers, limit, patient=patient)
        self.consumers.append(consumer)
        return consumer

    def hold(
        self, *holdings: Holding, destroy: Destroy = nothing_outside, shows: Sequence[Show] = ()
    ) -> Erasures:
        """Say what the service holds of people: erasures are carried out, and a person's copy shows it.

        `destroy` and `shows` are for what lies outside the database's plain rows.
        """
        self.holdings += [*holdings, answers_about(self.store)]
        self.shows += shows
        service, followers = self.settings.service, self.consumers
        erasures = Erasures(service, self.database, self.store, self.log, followers, self.holdings, destroy)
        self.consume("erasures", erasures.handlers())
        self.jobs.append(erasures.run)
        return erasures

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything runs inside this block. Raises where the database or the log cannot be reached at start."""
        await migrate(self.database, self.settings.service, self.metadata)
        if self.shared_log is None:
            await self.log.start()
        await self.log.create_topics(TOPICS.values())
        self._tasks = [asyncio.create_task(_kept_alive(part)) for part in self._parts()]
        try:
            yield
        finally:
            await self._stop()

    def _parts(self) -> list[Job]:
        if not self.settings.background:
            return self.door_jobs
        consuming = [part.run for part in self.consumers]
        return [*self.door_jobs, self.relay.run, self._measure_lag, *consuming, *self.jobs]

    async def check(self) -> dict[str, str]:
        """What does not work now, by part; empty where the service is ready."""
        trouble: dict[str, str] = {}
        try:
            await asyncio.wait_for(self.database.ping(), 2.0)
            told = {name: await look() for name, look in self.checks.items()}
            trouble |= {name: what for name, what in told.items() if what}
        except (sa.exc.SQLAlchemyError, OSError) as error:
            trouble["database"] = type(error).__name__
        if any(task.done() for task in self._tasks):
            trouble["background"] = "not running"
        trouble |= {consumer.name: "events lost" for consumer in self.consumers if consumer.lost}
        return trouble

    async def _measure_lag(self) -> None:
        while True:
            await asyncio.sleep(5.0)
            with suppress(sa.exc.SQLAlchemyError, OSError):  # relay and consumers say so already
                for consumer in self.consumers:
                    for topic, events in (await consumer.lag()).items():
                        metrics().lag.labels(consumer.name, topic).set(events)

    async def _stop(self) -> None:
        await self.database.pause()
        for task in self._tasks:
            task.cancel()
        self.database.resume()  # a job may put back what it had taken up
        if self._tasks:
            _, stuck = await asyncio.wait(self._tasks, timeout=STOP_S)
            if stuck:
                structlog.get_logger().error("background parts do not stop", parts=len(stuck))
        with suppress(sa.exc.SQLAlchemyError, OSError):
            await self.relay.release()
        if self.shared_log is None:
            await self.log.stop()
        for close in self.closers:
            await close()
        await self.database.close()


async def _kept_alive(part: Job) -> None:
    """Run `part` again when it ends by an error that it did not foresee: one bad moment must not stop it for good."""
    while True:
        try:
            await part()
        except Exception as error:  # noqa: BLE001 - logged, and tried again
            structlog.get_logger().error("background part failed", error=type(error).__name__, exc_info=error)
        await asyncio.sleep(RESTART_S)
