"""The gateway's wiring: the only place where its parts are made and joined."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from fastapi import FastAPI
from sqlalchemy.exc import IntegrityError

from gateway.activation import api as activation_api
from gateway.activation import wiring as activation
from gateway.alerts import api as alerts_api
from gateway.asking import api as asking_api
from gateway.asking import repository as asking_repository
from gateway.audit import api as audit_api
from gateway.audit.checkpoints import maker
from gateway.campaigns import api as campaigns_api
from gateway.clients import api as clients_api
from gateway.clients import records_api, signin_api
from gateway.clients.domain.pairwise import Pairwise
from gateway.clients.service import keep_revocations, make_first_clients
from gateway.clients.sessions import Sessions
from gateway.consent import api as consent_api
from gateway.consent import repository as consent_repository
from gateway.consent import stream as consent_stream
from gateway.consent.expiry import keeper
from gateway.consent.notices import publish_first_notice, refresher
from gateway.dossier import api as dossier_api
from gateway.edge.door import Edge
from gateway.keys import SigningKeys
from gateway.looking import api as looking_api
from gateway.parts import Parts
from gateway.people import api as people_api
from gateway.policy import api as policy_api
from gateway.policy.domain import mind_policies
from gateway.preferences import api as preferences_api
from gateway.preferences import repository as preferences_repository
from gateway.privacy import api as privacy_api
from gateway.privacy import stream as privacy_stream
from gateway.privacy.clocks import watcher
from gateway.privacy.copies import show_what_stays
from gateway.privacy.domain import WorkingDays
from gateway.quotas import Quotas
from gateway.register import api as register_api
from gateway.sandbox import api as sandbox_api
from gateway.settings import GatewaySettings
from gateway.site import api as site_api
from gateway.specs import api as specs_api
from gateway.specs.service import Catalogue
from gateway.tables import metadata, store
from kernel.chassis import Chassis
from kernel.keys import internal_secret, secret_file
from kernel.log.port import Log
from kernel.web.app import make_app
from kernel.web.asgi import ASGIApp
from kernel.web.internal import InternalTokens
from kernel.web.upstream import remote
from kernel.web.vault import VaultDoors

DESCRIPTION = (
    """The one door to Chandung: clients and tokens, consent, policy, audit, and the way to every service."""
)

ROUTERS: Final = (
    specs_api.router,
    clients_api.router,
    records_api.router,
    signin_api.router,
    site_api.router,
    audit_api.router,
    consent_api.router,
    policy_api.router,
    privacy_api.router,
    people_api.router,
    asking_api.router,
    campaigns_api.router,
    looking_api.router,
    activation_api.router,
    sandbox_api.router,
    register_api.router,
    alerts_api.router,
    dossier_api.router,
    preferences_api.router,
)


def create_app(
    settings: GatewaySettings, *, log: Log | None = None, upstreams: Mapping[str, ASGIApp] | None = None
) -> ASGIApp:
    """The gateway as an ASGI app. Raises PolicyBroken where the policies do not fit their schema, OSError or
    ValueError where the file of working days cannot be read.

    `upstreams` are services in this process, by name (ingest, verify, social, persona); others are reached by the
    URLs of the settings; where there is neither, their routes answer 503. `log` is given where services share one.
    """
    mind_policies()
    chassis = Chassis(settings, metadata, store, log)
    parts = _make_parts(settings, chassis, upstreams or {})
    app = make_app(
        chassis,
        title="Chandung gateway",
        description=DESCRIPTION,
        routers=ROUTERS,
        tokens=None,
        max_body=settings.max_body,
    )
    app.router.routes[:] = [
        route for route in app.router.routes if getattr(route, "path", "") != "/openapi.json"
    ]  # the merged document takes this address
    app.state.parts, app.state.catalogue = parts, Catalogue()
    app.state.sender = activation.join_activation(chassis, parts)
    chassis.door_jobs.append(keep_revocations(parts.sessions))
    chassis.door_jobs.append(refresher(chassis.database, parts.notices))
    chassis.closers += [parts.quotas.close, parts.refusals.close]
    chassis.jobs += [
        consent_stream.beat(chassis.database),
        keeper(chassis.database),
        maker(chassis.database, parts.signing),
        watcher(chassis.database),
    ]
    erasures = chassis.hold(
        *consent_repository.HOLDINGS,
        *asking_repository.HOLDINGS,
        *activation.HOLDINGS,
        *preferences_repository.HOLDINGS,
        shows=[partial(show_what_stays, chassis.database)],
    )
    chassis.consume("ledger", consent_stream.handlers(erasures, parts.notices))
    chassis.consume("rights", privacy_stream.handlers())
    _start_first(app, parts)
    return Edge(app, parts)


def _make_parts(settings: GatewaySettings, chassis: Chassis, local: Mapping[str, ASGIApp]) -> Parts:
    keys = settings.key_dir
    signing = SigningKeys.open(keys)
    far = {
        name: remote(url, deadline_s=settings.upstream_deadline_s)
        for name, url in settings.upstream_urls().items()
    }
    internal = InternalTokens(internal_secret(keys, settings.internal_key.get_secret_value()))
    return Parts(
        settings=settings,
        database=chassis.database,
        signing=signing,
        sessions=Sessions(signing, chassis.database, secret_file(keys, "clients.key"), settings.base_url()),
        pairwise=Pairwise(secret_file(keys, "pairwise.key")),
        internal=internal,
        upstreams={**far, **local},
        ingest=VaultDoors({**far, **local}.get("ingest"), internal, "gateway"),
        quotas=Quotas(
            settings.quota_url, settings.rate_limit, "requests", when_down=settings.quota_when_down
        ),
        refusals=Quotas(
            settings.quota_url, settings.token_rate_limit, "refusals", when_down=settings.quota_when_down
        ),
        working_days=WorkingDays.read(settings.working_days_file),
        audit_key=secret_file(keys, "audit.key"),
        ask_key=secret_file(keys, "ask.key"),
        account_key=secret_file(keys, "accounts.key"),
    )


def _start_first(app: FastAPI, parts: Parts) -> None:
    """Make the first clients after the schema is there and before the first request."""
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(served: FastAPI) -> AsyncIterator[Any]:
        async with inner(served) as state:
            await _first_start(parts)
            await parts.sessions.refresh()
            yield state

    app.router.lifespan_context = lifespan


async def _first_start(parts: Parts) -> None:
    settings = parts.settings
    try:
        async with parts.database.transaction() as tx:
            await make_first_clients(
                tx,
                parts.sessions,
                file=settings.data_dir / "credentials.json",
                base_url=settings.base_url(),
            )
            await publish_first_notice(tx)
    except IntegrityError:
        return  # another replica makes them at this very moment
