"""Ingest's only wiring."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from kernel.chassis import Chassis
from kernel.keys import internal_secret, secret_file
from kernel.log.port import Log
from kernel.store.consumer import Consumer
from kernel.store.engine import Database
from kernel.web.app import make_app
from kernel.web.internal import InternalTokens
from services.ingest.campaigns import service as campaigns
from services.ingest.campaigns.api import campaign_router
from services.ingest.campaigns.stream import verified_handler
from services.ingest.conflicts.api import conflict_router
from services.ingest.consents.service import ConsentView, Notices
from services.ingest.consents.stream import consent_handlers
from services.ingest.erasure.api import erasure_router
from services.ingest.erasure.service import forget_letters, tell_release
from services.ingest.erasure.stream import erasure_handlers
from services.ingest.erasure.work import Erasures
from services.ingest.holds.api import hold_router
from services.ingest.identity.api import identity_router
from services.ingest.identity.indexing import Indexer
from services.ingest.identity.service import Directory
from services.ingest.identity.stream import proved_handler
from services.ingest.imports.api import IMPORTS, PREVIEW, import_router
from services.ingest.imports.runner import ImportRunner
from services.ingest.imports.service import ImportDesk
from services.ingest.imports.undo import Undoing
from services.ingest.matching.api import matching_router
from services.ingest.matching.service import Matching
from services.ingest.merges import service as merges
from services.ingest.merges.api import merge_router
from services.ingest.notes.api import note_router
from services.ingest.plans.api import plan_router
from services.ingest.plans.service import Plans
from services.ingest.quarantine.api import quarantine_router
from services.ingest.records.acceptance import Rooms
from services.ingest.records.api import hot_records, record_router, reveal_router
from services.ingest.records.copies import show_records
from services.ingest.records.desk import Desk
from services.ingest.records.domain.whom import SubjectReader
from services.ingest.records.hot import HotDoors
from services.ingest.records.intake import Intake
from services.ingest.records.schemas import RECEIPT, wire_schemas
from services.ingest.records.waiting import WaitingRoom
from services.ingest.referrals import service as referrals
from services.ingest.referrals.api import referral_router
from services.ingest.retention.api import retention_router
from services.ingest.retention.work import Nights
from services.ingest.settings import IngestSettings
from services.ingest.sources.api import source_router
from services.ingest.sources.service import Sources
from services.ingest.tables import metadata, store
from services.ingest.tracking.api import tracking_doors, tracking_router
from services.ingest.tracking.schemas import tracking_schemas
from services.ingest.tracking.service import Tracking
from services.ingest.tracking.stitching import Stitching
from services.ingest.vault.api import key_router
from services.ingest.vault.providers import open_provider
from services.ingest.vault.ring import Keyring
from services.ingest.vault.rotation import Rotation
from services.ingest.vault.service import Vault
from services.ingest.vault.sweep import OrphanSweep
from services.ingest.webhooks.api import delivery_router, hook_router
from services.ingest.webhooks.fetching import LeadFetcher
from services.ingest.webhooks.graph import Graph


def create_app(settings: IngestSettings, *, log: Log | None = None) -> FastAPI:
    """The service as an ASGI app. Raises ValueError where the key-encryption keys are not usable as they are set."""
    chassis = Chassis(settings, metadata, store, log)
    database = chassis.database
    keyring = Database(settings.resolved_keyring_url(), pool=settings.database_pool)
    vault = Vault(Keyring(keyring, open_provider(settings)), settings.key_cache)
    indexer = Indexer(secret_file(settings.key_dir, "index.key"))
    rooms = _rooms(settings, vault, indexer)
    intake = Intake(database, rooms, settings.group_size, timedelta(seconds=settings.clock_skew_s))
    waiting = WaitingRoom(database, intake)
    following = _following(chassis, waiting)
    fetcher = LeadFetcher(
        database, intake, Graph(settings.graph_url, settings.graph_token.get_secret_value())
    )
    desk = Desk(database, intake, settings.quarantine_days)
    matching = Matching(database, vault, settings.matching_memory)
    chassis.door_jobs.append(intake.run)
    chassis.jobs += [waiting.run, desk.run, fetcher.run, matching.run]
    chassis.closers += [fetcher.graph.close, keyring.close]
    chassis.checks["consents"] = partial(_view_trouble, database, rooms)
    directory = Directory(indexer, settings.phone_sharing_limit)
    stitching = Stitching(database, indexer, waiting.person_changed)
    tracking = tracking_doors(Tracking(database, intake, directory, stitching))
    secret = internal_secret(settings.key_dir, settings.internal_key.get_secret_value())
    app = make_app(
        chassis,
        title="Chandung ingest",
        description="Takes records in, ties them to people, and keeps what is personal sealed.",
        routers=[
            record_router(database, intake),
            tracking_router(tracking),
            quarantine_router(database, vault, desk, RECEIPT),
            conflict_router(database, vault, desk),
            source_router(database, rooms.sources, waiting.source_came),
            plan_router(database, rooms.plans, waiting.plan_changed),
            identity_router(database, directory),
            reveal_router(database, vault, indexer, secret),
            *_keeping(chassis, settings, rooms, following, secret),
            merge_router(database, waiting.person_changed),
            matching_router(database, matching),
            campaign_router(database),
            referral_router(database),
            note_router(database, vault),
            hook_router(database, vault, rooms.sources, fetcher),
            delivery_router(database, intake, fetcher),
            *_importing(chassis, settings, rooms, intake),
        ],
        tokens=InternalTokens(secret),
        larger=dict.fromkeys((IMPORTS, PREVIEW), settings.import_max_bytes),
        inner=[Middleware(HotDoors, doors={**hot_records(intake), **tracking})],
    )
    app.state.rooms, app.state.intake = rooms, intake
    app.state.fetcher, app.state.desk = fetcher, desk
    describe = app.openapi
    app.openapi = lambda: _with_wire_schemas(describe())  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def _following(chassis: Chassis, waiting: WaitingRoom) -> list[Consumer]:
    return [
        chassis.consume("view", consent_handlers(waiting.announce)),
        chassis.consume("privacy", erasure_handlers()),
        chassis.consume("campaigns", [verified_handler()]),
        chassis.consume("proofs", [proved_handler()]),
    ]


def _rooms(settings: IngestSettings, vault: Vault, indexer: Indexer) -> Rooms:
    return Rooms(
        vault,
        SubjectReader(indexer, settings.subject_cache),
        Sources(),
        Plans(),
        Notices(),
        ConsentView(timedelta(seconds=settings.view_max_age_s)),
        settings.phone_sharing_limit,
    )


def _importing(chassis: Chassis, settings: IngestSettings, rooms: Rooms, intake: Intake) -> list[APIRouter]:
    """Files: the job that reads them and takes them back, and their doors."""
    database, folder = chassis.database, settings.data_dir / "imports"
    desk = ImportDesk(
        database, rooms.vault, rooms.sources, rooms.reader.indexer, folder, settings.import_memory
    )
    runner = ImportRunner(desk, intake, Undoing(database, intake))
    desk.wake = runner.wake
    chassis.jobs.append(runner.run)
    return [import_router(database, desk, runner)]


FORGET = (forget_letters, referrals.forget_origins, campaigns.forget_origins, merges.forget_origins)
"""What erasing a person does beside their records and what leads to them."""


def _keeping(
    chassis: Chassis, settings: IngestSettings, rooms: Rooms, following: Sequence[Consumer], secret: bytes
) -> list[APIRouter]:
    """Keys, holds, retention and erasure: the jobs that see to them, and their doors."""
    database, vault = chassis.database, rooms.vault
    chassis.holdings += (*referrals.HOLDINGS, *campaigns.HOLDINGS)
    chassis.shows.append(partial(show_records, database, vault))
    rotation = Rotation(vault.ring, settings.kek_keep_days)
    chassis.jobs += [
        rotation.run,
        OrphanSweep(vault, database, metadata, settings.orphan_grace_h).run,
        Erasures(database, chassis.log, vault, following, FORGET).run,
        Nights(database, vault, rooms.reader, tell_release).run,
    ]
    chassis.door_jobs.append(vault.follow_tombstones)
    chassis.checks["keys"] = vault.ring.trouble
    return [
        key_router(rotation),
        hold_router(database, vault, tell_release, secret),
        retention_router(database),
        erasure_router(database),
    ]


async def _view_trouble(database: Database, rooms: Rooms) -> str:
    """Why records could not be judged now: they would only wait in quarantine."""
    async with database.snapshot() as connection:
        if not await rooms.view.is_fresh(connection):
            return "the view of consents is not up to date"
        return "" if await rooms.notices.any_known(connection) else "no notice is known yet"


def _with_wire_schemas(document: dict[str, Any]) -> dict[str, Any]:
    document["components"]["schemas"].update(wire_schemas() | tracking_schemas())
    return document
