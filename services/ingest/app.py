"""Ingest's only wiring."""

from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from kernel.chassis import Chassis
from kernel.keys import internal_secret, secret_file
from kernel.log.port import Log
from kernel.store.engine import Database
from kernel.web.app import make_app
from kernel.web.internal import InternalTokens
from services.ingest.consents.service import ConsentView, Notices
from services.ingest.consents.stream import consent_handlers
from services.ingest.identity.api import identity_router
from services.ingest.identity.indexing import Indexer
from services.ingest.identity.service import Directory
from services.ingest.quarantine.api import quarantine_router
from services.ingest.records.acceptance import Rooms
from services.ingest.records.api import hot_records, record_router, reveal_router
from services.ingest.records.domain.whom import SubjectReader
from services.ingest.records.hot import HotDoors
from services.ingest.records.intake import Intake
from services.ingest.records.schemas import RECEIPT, wire_schemas
from services.ingest.records.waiting import WaitingRoom
from services.ingest.settings import IngestSettings
from services.ingest.sources.api import source_router
from services.ingest.sources.service import Sources
from services.ingest.tables import metadata, store
from services.ingest.tracking.api import tracking_doors, tracking_router
from services.ingest.tracking.schemas import tracking_schemas
from services.ingest.tracking.service import Tracking
from services.ingest.vault.kek import load_key_encryption
from services.ingest.vault.service import Vault


def create_app(settings: IngestSettings, *, log: Log | None = None) -> FastAPI:
    """The service as an ASGI app. Raises ValueError where the key-encryption keys are not usable."""
    chassis = Chassis(settings, metadata, store, log)
    database = chassis.database
    vault = Vault(
        Database(settings.resolved_keyring_url(), pool=settings.database_pool),
        load_key_encryption(settings.key_dir, settings.kek.get_secret_value()),
        settings.key_cache,
    )
    indexer = Indexer(secret_file(settings.key_dir, "index.key"))
    rooms = Rooms(
        vault,
        SubjectReader(indexer, settings.subject_cache),
        Sources(),
        Notices(),
        ConsentView(timedelta(seconds=settings.view_max_age_s)),
        settings.phone_sharing_limit,
    )
    intake = Intake(database, rooms, settings.group_size, timedelta(seconds=settings.clock_skew_s))
    waiting = WaitingRoom(database, intake)
    chassis.consume("view", consent_handlers(waiting.announce))
    chassis.door_jobs.append(intake.run)
    chassis.jobs.append(waiting.run)
    chassis.closers.append(vault.keyring.close)
    chassis.checks["consents"] = partial(_view_trouble, database, rooms)
    directory = Directory(indexer, settings.phone_sharing_limit)
    tracking = tracking_doors(Tracking(database, intake, directory))
    secret = internal_secret(settings.key_dir, settings.internal_key.get_secret_value())
    app = make_app(
        chassis,
        title="Chandung ingest",
        description="Takes records in, ties them to people, and keeps what is personal sealed.",
        routers=[
            record_router(database, intake),
            tracking_router(tracking),
            quarantine_router(database, vault, waiting.release, RECEIPT),
            source_router(database, rooms.sources, waiting.source_came),
            identity_router(database, directory),
            reveal_router(database, vault, secret),
        ],
        tokens=InternalTokens(secret),
        inner=[Middleware(HotDoors, doors={**hot_records(intake), **tracking})],
    )
    app.state.rooms = rooms
    describe = app.openapi
    app.openapi = lambda: _with_wire_schemas(describe())  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


async def _view_trouble(database: Database, rooms: Rooms) -> str:
    """Why records could not be judged now: they would only wait in quarantine."""
    async with database.snapshot() as connection:
        if not await rooms.view.is_fresh(connection):
            return "the view of consents is not up to date"
        return "" if await rooms.notices.any_known(connection) else "no notice is known yet"


def _with_wire_schemas(document: dict[str, Any]) -> dict[str, Any]:
    document["components"]["schemas"].update(wire_schemas() | tracking_schemas())
    return document
