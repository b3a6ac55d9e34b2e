"""The only wiring of the persona service."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import partial

from fastapi import FastAPI

from kernel.chassis import Chassis
from kernel.keys import internal_secret
from kernel.log.port import Batch, Log, Message
from kernel.store.engine import Database
from kernel.store.holdings import Rows
from kernel.web.app import make_app
from kernel.web.internal import InternalTokens
from services.persona.attributes.api import attribute_routes
from services.persona.cards import service as cards
from services.persona.cards.api import persona_routes
from services.persona.lake import service as lake
from services.persona.lake.repository import people as people_repository
from services.persona.lake.repository.delta import FactLake
from services.persona.lake.stream.facts import GROUP, TOPICS_READ, FactStream
from services.persona.lake.stream.people import people_handlers
from services.persona.pages.api import page_routes, print_routes
from services.persona.serving.api import serving_routes
from services.persona.settings import PersonaSettings
from services.persona.studies.api import study_routes
from services.persona.studies.service import CoverageDesk, Runner, refresh_for_ever
from services.persona.tables import metadata, store


def server_time() -> datetime:
    """Now, in UTC: the only clock that decides."""
    return datetime.now(UTC)


def create_app(
    settings: PersonaSettings, *, log: Log | None = None, clock: Callable[[], datetime] = server_time
) -> FastAPI:
    """The persona service as an ASGI app. Raises OSError where `KEY_DIR` cannot be written."""
    chassis = Chassis(settings, metadata, store, log)
    database, facts = chassis.database, FactLake(settings.resolved_lake_url(), GROUP)
    erasures = chassis.hold(
        *people_repository.HOLDINGS,
        *cards.HOLDINGS,
        destroy=partial(_delete_facts, facts),
        shows=[partial(_show_facts, facts)],
    )
    chassis.consume("people", people_handlers(erasures))
    stream = FactStream(chassis.log, facts, partial(_erased, database), partial(_put_aside, database))
    runner = Runner(database, chassis.log, facts, TOPICS_READ, settings, clock)
    desk = CoverageDesk(database, chassis.log, facts, TOPICS_READ, settings)
    chassis.consumers.append(stream)
    chassis.jobs += [
        runner.run,
        partial(lake.compact_for_ever, facts),
        partial(refresh_for_ever, database, runner, clock),
    ]
    chassis.closers.append(runner.close)
    return make_app(
        chassis,
        title="Chandung persona",
        description="Portraits of customer groups with their evidence, within consent.",
        routers=[
            attribute_routes(),
            study_routes(database, desk, runner, clock),
            print_routes(database, clock),
            page_routes(database, clock, settings.small_cell),
            persona_routes(database, clock),
            serving_routes(database, clock, settings.narrow_margin),
        ],
        tokens=InternalTokens(internal_secret(settings.key_dir, settings.internal_key.get_secret_value())),
    )


async def _erased(database: Database, subjects: Collection[str]) -> set[str]:
    async with database.snapshot() as connection:
        return await people_repository.erased_among(connection, sorted(subjects))


async def _delete_facts(facts: FactLake, origins: Sequence[str]) -> dict[str, int]:
    return {"facts": await asyncio.to_thread(facts.delete_people, origins)}


async def _show_facts(facts: FactLake, origins: Sequence[str]) -> dict[str, Rows]:
    return {"facts": await asyncio.to_thread(facts.facts_of, origins)}


async def _put_aside(database: Database, batch: Batch, message: Message, reason: str) -> None:
    row = {
        "consumer": GROUP,
        "topic": batch.topic,
        "partition": batch.partition,
        "offset": message.offset,
        "subject": message.key.decode(errors="replace"),
        "value": message.value,
        "reason": reason,
        "at": server_time(),
    }
    async with database.transaction() as tx:
        await people_repository.put_aside(tx, row)
