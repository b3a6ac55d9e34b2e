"""The only wiring of verify."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from fastapi import FastAPI

from kernel.chassis import Chassis, Job
from kernel.keys import internal_secret, secret_file
from kernel.log.port import Log
from kernel.signing import SigningKeys
from kernel.store.engine import Database
from kernel.web.app import make_app
from kernel.web.asgi import ASGIApp
from kernel.web.internal import InternalTokens
from kernel.web.upstream import remote
from kernel.web.vault import VaultDoors
from services.verify.campaigns import repository as campaigns
from services.verify.campaigns.api import campaign_routes
from services.verify.campaigns.service import run_for_ever
from services.verify.challenges import repository as challenges
from services.verify.challenges.api import verification_routes
from services.verify.challenges.callbacks import callback_routes
from services.verify.challenges.domain import CodeKeys, Limits, read_test_numbers
from services.verify.challenges.service import (
    Post,
    Verifications,
    key_of_number,
    receipt_jobs,
    sweep_for_ever,
    tend_for_ever,
)
from services.verify.collectors import repository as collectors
from services.verify.collectors.api import collector_routes
from services.verify.collectors.stream import collector_handlers
from services.verify.contacts import repository as contacts
from services.verify.contacts.api import contact_routes
from services.verify.evidence import repository as evidence
from services.verify.evidence.api import evidence_routes
from services.verify.evidence.domain import HALF_LIVES
from services.verify.fraud.api import fraud_routes
from services.verify.fraud.domain import Thresholds
from services.verify.holders import repository as holders
from services.verify.holders.service import Holders
from services.verify.holders.stream import holder_handlers
from services.verify.numbers.api import number_routes
from services.verify.senders.carriers import Carriers
from services.verify.senders.configured import configured_inviter, configured_senders
from services.verify.senders.port import Sender
from services.verify.senders.texts import mind_templates
from services.verify.senders.wire import PATIENCE_S
from services.verify.settings import VerifySettings
from services.verify.tables import metadata, store

if TYPE_CHECKING:
    import httpx2


def server_time() -> datetime:
    """Now, in UTC: the only clock that decides."""
    return datetime.now(UTC)


def create_app(
    settings: VerifySettings,
    *,
    log: Log | None = None,
    ingest: ASGIApp | None = None,
    senders: Sequence[Sender] | None = None,
    clock: Callable[[], datetime] = server_time,
) -> FastAPI:
    """Verify as an ASGI app.

    `ingest` is asked through its internal doors: the app itself in one process, else what `INGEST_URL` names.
    Codes go to the senders that the settings name, to `$DATA_DIR/outbox` where they name none, unless others are
    given. Raises OSError where `KEY_DIR` cannot be written, ValueError where a setting cannot be used.
    """
    mind_templates(settings.otp_templates)
    chassis = Chassis(settings, metadata, store, log)
    database = chassis.database
    tokens = InternalTokens(internal_secret(settings.key_dir, settings.internal_key.get_secret_value()))
    signing = SigningKeys.open(settings.key_dir, "receipt")
    upstream = ingest or (remote(settings.ingest_url) if settings.ingest_url else None)
    known = Holders(
        database, store, VaultDoors(upstream, tokens, "verify"), clock, settings.consent_patience_s
    )
    erasures = chassis.hold(
        *holders.HOLDINGS,
        *evidence.HOLDINGS,
        *collectors.HOLDINGS,
        *campaigns.HOLDINGS,
        *contacts.HOLDINGS,
        *challenges.HOLDINGS,
    )
    desk = _desk(settings, known, _carriers(settings, chassis, senders, clock), clock)
    chassis.consume("consents", holder_handlers(erasures))
    chassis.consume("forensics", collector_handlers(), patient=True)
    chassis.door_jobs.append(desk.carriers.watch_circuits)
    chassis.jobs += _jobs(database, desk, clock)
    app = make_app(
        chassis,
        title="Chandung verify",
        description="Numbers, one-time codes and the honesty of collection.",
        routers=[
            number_routes(),
            verification_routes(database, desk, signing),
            callback_routes(database, desk, settings.inbound_secret.get_secret_value()),
            evidence_routes(
                database, signing, partial(key_of_number, desk), desk.keys.receipt_key, clock, desk.half_lives
            ),
            fraud_routes(database, settings.fraud_mode, desk.thresholds, desk.limits._asdict()),
            collector_routes(database, clock),
            campaign_routes(database, desk),
            contact_routes(database, desk.keys, clock),
        ],
        tokens=tokens,
    )
    app.state.desk = desk
    return app


def _jobs(database: Database, desk: Verifications, clock: Callable[[], datetime]) -> list[Job]:
    return [
        *receipt_jobs(database, desk),
        partial(sweep_for_ever, database, clock),
        partial(tend_for_ever, database, desk),
        partial(run_for_ever, database, desk),
        desk.carriers.watch_balances,
    ]


def _carriers(
    settings: VerifySettings,
    chassis: Chassis,
    senders: Sequence[Sender] | None,
    clock: Callable[[], datetime],
) -> Carriers:
    @cache
    def connect() -> "httpx2.AsyncClient":
        import httpx2

        client = httpx2.AsyncClient(timeout=PATIENCE_S, follow_redirects=False)
        chassis.closers.append(client.aclose)
        return client

    callback_key = secret_file(settings.key_dir, "callback.key").hex()
    chosen = senders or configured_senders(settings, connect, callback_key)
    return Carriers(chosen, clock, chassis.database)


def _desk(
    settings: VerifySettings, holders: Holders, carriers: Carriers, clock: Callable[[], datetime]
) -> Verifications:
    places = {"sms": settings.inbound_sms_to, "zalo": settings.inbound_zalo_to}
    inbound = settings.inbound_secret.get_secret_value()
    return Verifications(
        store=store,
        holders=holders,
        carriers=carriers,
        keys=CodeKeys(
            otp=secret_file(settings.key_dir, "otp.key"), seal=secret_file(settings.key_dir, "verify.key")
        ),
        limits=Limits(
            client=settings.otp_client_sends_an_hour,
            vnd=settings.otp_vnd_an_hour,
            ip=settings.otp_ip_sends_an_hour,
            device=settings.otp_device_sends_an_hour,
            collector=settings.otp_collector_sends_an_hour,
            prefix=settings.otp_prefix_sends_an_hour,
        ),
        thresholds=Thresholds(
            settings.fraud_neighbours,
            settings.fraud_prefix_sends,
            settings.fraud_prefix_conversion,
            settings.fraud_all_sends,
            settings.fraud_all_conversion,
        ),
        clock=clock,
        enforce=settings.fraud_mode == "enforce",
        fallback=timedelta(seconds=settings.otp_fallback_s),
        templates=settings.otp_templates,
        test_numbers=read_test_numbers(settings.otp_test_numbers),
        half_lives={**HALF_LIVES, **settings.evidence_half_life_days},
        inbound_to={channel: to for channel, to in places.items() if to and inbound},
        post=Post(
            configured_inviter(settings),
            settings.business_name,
            settings.invitation_texts,
            settings.email_vnd,
        ),
    )
