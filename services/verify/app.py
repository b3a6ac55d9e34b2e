"""The only wiring of verify."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from fastapi import FastAPI

from kernel.chassis import Chassis
from kernel.keys import internal_secret, secret_file
from kernel.log.port import Log
from kernel.web.app import make_app
from kernel.web.asgi import ASGIApp
from kernel.web.internal import InternalTokens
from kernel.web.upstream import remote
from kernel.web.vault import VaultDoors
from services.verify.challenges import repository as challenges
from services.verify.challenges.api import verification_routes
from services.verify.challenges.domain import CodeKeys, Limits
from services.verify.challenges.service import Verifications, sweep_for_ever
from services.verify.collectors import repository as collectors
from services.verify.collectors.api import collector_routes
from services.verify.collectors.stream import collector_handlers
from services.verify.evidence import repository as evidence
from services.verify.holders import repository as holders
from services.verify.holders.service import Holders
from services.verify.holders.stream import holder_handlers
from services.verify.numbers.api import number_routes
from services.verify.senders.outbox import OutboxSender
from services.verify.senders.port import Sender
from services.verify.settings import VerifySettings
from services.verify.tables import metadata, store


def server_time() -> datetime:
    """Now, in UTC: the only clock that decides."""
    return datetime.now(UTC)


def create_app(
    settings: VerifySettings,
    *,
    log: Log | None = None,
    ingest: ASGIApp | None = None,
    sender: Sender | None = None,
    clock: Callable[[], datetime] = server_time,
) -> FastAPI:
    """Verify as an ASGI app.

    `ingest` is asked through its internal doors: the app itself in one process, else what `INGEST_URL` names.
    Codes go to `$DATA_DIR/outbox` unless another `sender` is given. Raises OSError where `KEY_DIR` cannot be
    written.
    """
    chassis = Chassis(settings, metadata, store, log)
    database = chassis.database
    tokens = InternalTokens(internal_secret(settings.key_dir, settings.internal_key.get_secret_value()))
    upstream = ingest or (remote(settings.ingest_url) if settings.ingest_url else None)
    doors = VaultDoors(upstream, tokens, "verify")
    desk = Verifications(
        store=store,
        holders=Holders(database, store, doors, clock, settings.consent_patience_s),
        sender=sender or _outbox_sender(settings),
        keys=CodeKeys(
            otp=secret_file(settings.key_dir, "otp.key"), seal=secret_file(settings.key_dir, "verify.key")
        ),
        limits=Limits(settings.otp_client_sends_an_hour, settings.otp_vnd_an_hour),
        clock=clock,
    )
    erasures = chassis.hold(*holders.HOLDINGS, *evidence.HOLDINGS, *collectors.HOLDINGS, *challenges.HOLDINGS)
    chassis.consume("consents", holder_handlers(erasures))
    chassis.consume("forensics", collector_handlers(), patient=True)
    chassis.jobs.append(partial(sweep_for_ever, database, clock))
    return make_app(
        chassis,
        title="Chandung verify",
        description="Numbers, one-time codes and the honesty of collection.",
        routers=[number_routes(), verification_routes(database, desk), collector_routes(database)],
        tokens=tokens,
    )


def _outbox_sender(settings: VerifySettings) -> OutboxSender:
    prices = {
        "sms": settings.otp_sms_vnd,
        "voice": settings.otp_voice_vnd,
        "zalo": settings.otp_zalo_vnd,
    }
    return OutboxSender(settings.data_dir / "outbox", prices)  # type: ignore[arg-type]  # the keys are the channels
