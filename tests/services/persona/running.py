"""The persona service as tests run it: a real app over files; only the other services are played by the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kernel.contracts.consents import ConsentChanged
from kernel.contracts.topics import TOPICS
from kernel.log.open import open_log
from kernel.log.port import Log
from kernel.web.internal import Caller
from services.persona.app import create_app
from services.persona.settings import PersonaSettings
from tests.happened import Feed, consent_state, decided
from tests.running import Running, places

CALLER = Caller(
    "operator", "operator", frozenset({"personas:read", "personas:write"}), frozenset({"profiling"})
)


@dataclass(slots=True)
class Persona(Running):
    """A running persona service and the log around it."""

    log: Log
    feed: Feed


def consented(
    subject: str, *, ledger_version: int = 1, granted: bool = True, restricted: bool = False
) -> ConsentChanged:
    """A person's consent state: profiling in force, or withdrawn."""
    now = datetime.now(UTC)
    profiling = decided(now) if granted else decided(None, now)
    return consent_state(subject, ledger_version, at=now, restricted=restricted, profiling=profiling)


@asynccontextmanager
async def running(folder: Path, *, database_url: str = "", **settings: Any) -> AsyncIterator[Persona]:
    """The service over files in `folder` (or the database given), with an empty log, until the block ends."""
    log = open_log(f"sqlite:///{folder}/log.db")
    await log.start()
    await log.create_topics(TOPICS.values())
    made = PersonaSettings(**places(folder), database_url=database_url, **settings)
    app = create_app(made, log=log)
    async with app.router.lifespan_context(app):
        yield Persona(app, folder, CALLER, log, Feed(log))
    await log.stop()
