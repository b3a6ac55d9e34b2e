"""Social: the one place where its parts are put together."""

from collections.abc import Callable

from fastapi import FastAPI

from kernel.chassis import Chassis
from kernel.keys import internal_secret, secret_file
from kernel.log.port import Log
from kernel.web.app import make_app
from kernel.web.asgi import ASGIApp
from kernel.web.internal import InternalTokens
from kernel.web.upstream import remote
from kernel.web.vault import VaultDoors
from services.social.alerts.api import alerts_router
from services.social.alerts.jobs import Watcher
from services.social.analysis.api import analysis_router
from services.social.analysis.domain.analyser import model_at
from services.social.analysis.service import Readers
from services.social.analysis.stream import records_handler
from services.social.connectors.api import Rooms, calls_router, connectors_router
from services.social.connectors.fetching import Fetcher
from services.social.connectors.jobs import Poller
from services.social.imports.api import imports_router
from services.social.imports.service import ImportDesk
from services.social.insights.api import insights_router
from services.social.mentions.api import mentions_router
from services.social.mentions.holdings import HOLDINGS
from services.social.mentions.jobs import Backlog
from services.social.mentions.stream import notes_handler
from services.social.models.api import models_router, reviews_router
from services.social.models.jobs import Workshop
from services.social.models.shelf import Shelf
from services.social.people.service import Speakers
from services.social.people.stream import people_handlers
from services.social.settings import SocialSettings
from services.social.tables import metadata, store
from services.social.topics.api import topics_router
from services.social.topics.service import TopicBook

MAX_BODY = 20 * 1024 * 1024
"""Bytes of a body after inflating: 10,000 mentions of 2,000 bytes."""

RECORDS_A_TURN = 1_000
"""Records whose texts are read in one transaction: about a fifth of a second where all hold one."""


def create_app(settings: SocialSettings, *, log: Log | None = None, ingest: ASGIApp | None = None) -> FastAPI:
    """The service's app. `log` and `ingest` are given where several services share one process.

    Without `ingest` what `INGEST_URL` names is asked whose account is whose; where it names nothing no mention is ever
    tied to a person.
    Raises OSError where `key_dir` cannot be written or `social_model` is not there, BadModel where that is none.
    """
    chassis = Chassis(settings, metadata, store, log)
    readers, book = Readers(settings.social_readers), TopicBook()
    shelf = Shelf(chassis.database, settings.data_dir / "models", settings.social_model)
    if settings.social_model:
        model_at(settings.social_model)
    tokens = InternalTokens(internal_secret(settings.key_dir, settings.internal_key.get_secret_value()))
    upstream = ingest or (remote(settings.ingest_url) if settings.ingest_url else None)
    speakers = Speakers(chassis.database, VaultDoors(upstream, tokens, "social"))
    backlog = Backlog(chassis.database, readers, book, settings.social_chunk, shelf.current, speakers)
    workshop = Workshop(chassis.database, shelf, backlog.wake)
    chassis.consume(
        "analysis", [records_handler(readers, book, shelf.current)], limit=RECORDS_A_TURN, patient=True
    )
    chassis.consume("people", people_handlers(chassis.hold(*HOLDINGS)), patient=True)
    chassis.jobs += [backlog.run, workshop.run]
    chassis.closers.append(readers.close)
    secret = secret_file(settings.key_dir, "social.key")
    chassis.consume("notes", [notes_handler(secret, backlog.wake)], patient=True)
    poller, watcher, rooms = _outward(settings, chassis, readers, speakers, secret, backlog.wake)
    chassis.jobs += [poller.run, watcher.run]
    return make_app(
        chassis,
        title="Chandung social",
        description="What people say in public and in their own words: mentions, analysis, topics, insights.",
        routers=[
            mentions_router(chassis.database, readers, speakers, secret, backlog.wake),
            imports_router(ImportDesk(chassis.database, readers, speakers, secret, backlog.wake)),
            analysis_router(readers, shelf.current),
            topics_router(chassis.database, backlog.wake),
            insights_router(chassis.database, readers),
            connectors_router(rooms),
            calls_router(rooms),
            reviews_router(chassis.database, backlog.wake),
            models_router(chassis.database, shelf, workshop.wake),
            alerts_router(chassis.database, rooms.key, watcher.wake),
        ],
        tokens=tokens,
        max_body=MAX_BODY,
    )


def _outward(
    settings: SocialSettings,
    chassis: Chassis,
    readers: Readers,
    speakers: Speakers,
    secret: bytes,
    on_stored: Callable[[], None],
) -> tuple[Poller, Watcher, Rooms]:
    key = secret_file(settings.key_dir, "social-sources.key")
    bases = {"meta": settings.social_graph_url, "youtube": settings.social_youtube_url}
    fetcher = Fetcher(settings.social_private_sources)
    poller = Poller(chassis.database, readers, fetcher, speakers, key, secret, bases, on_stored)
    watcher = Watcher(chassis.database, fetcher, key)
    return poller, watcher, Rooms(chassis.database, readers, speakers, key, secret, on_stored, poller.wake)
