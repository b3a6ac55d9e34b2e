"""A running ingest on SQLite files with a real keyring and log, spoken to as the gateway does."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey

from kernel.contracts.consents import NoticePublished, PurposeState
from kernel.contracts.event import Event
from kernel.contracts.topics import TOPICS
from kernel.ids import new_id
from kernel.keys import internal_secret
from kernel.log.sql import SqlLog
from kernel.web.internal import Caller, InternalTokens
from services.ingest.app import create_app
from services.ingest.settings import IngestSettings
from tests.happened import Feed, beats, consent_state, envelope
from tests.running import from_the_start, until

PURPOSES = ("service", "verification", "analytics", "profiling", "marketing", "research", "sharing", "legal")
SCOPES = frozenset({"collect:write", "admin", "social:read", "social:write", "subjects:write"})


def ago(**span: float) -> datetime:
    """A time in the past (or, negative, in the future)."""
    return datetime.now(UTC) - timedelta(**span)


def record(kind: str = "profile", **changed: Any) -> dict[str, Any]:
    """A good record about an invented person, with consent to every purpose."""
    made: dict[str, Any] = {
        "id": new_id(),
        "channel": "web",
        "kind": kind,
        "occurred_at": ago(hours=1).isoformat(),
        "subject": {"identifiers": {"phone": "0912 345 678"}},
        "payload": {},
        "consent": consent(),
    }
    return {**made, **changed}


def consent(*purposes: str, **changed: Any) -> dict[str, Any]:
    """An act of consent under the notice core, version 1."""
    made: dict[str, Any] = {
        "notice": "core",
        "version": 1,
        "purposes": list(purposes or PURPOSES),
        "method": "form",
        "captured_at": ago(minutes=30).isoformat(),
        "proof": new_id(),
    }
    return {**made, **changed}


def about(**identifiers: Any) -> dict[str, Any]:
    """A subject block."""
    return {"identifiers": identifiers}


@dataclass
class Running:
    """The service, and the gateway's side of the conversation."""

    app: FastAPI
    client: httpx2.AsyncClient
    settings: IngestSettings
    log: SqlLog
    secret: bytes
    feed: Feed

    async def send(self, *records: Any) -> list[dict[str, Any]]:
        """Receipts of records sent as one batch."""
        answer = await self.client.post("/v1/records/batch", json={"records": list(records)})
        assert answer.status_code == 202, answer.text
        receipts: list[dict[str, Any]] = answer.json()["receipts"]
        return receipts

    async def accept(self, *records: dict[str, Any]) -> list[dict[str, Any]]:
        """Receipts of records that must be accepted."""
        receipts = await self.send(*records)
        assert [receipt["status"] for receipt in receipts] == ["accepted"] * len(records), receipts
        return receipts

    async def refuse(self, sent: Any) -> list[str]:
        """The reasons of one record that must be quarantined."""
        (receipt,) = await self.send(sent)
        assert receipt["status"] == "quarantined", receipt
        return [reason["code"] for reason in receipt["reasons"]]

    async def hear(self, *events: Event) -> None:
        """Put events of other services into the log and wait until they are applied."""
        await self.feed.send(*events)
        await until(self.all_applied)

    async def all_applied(self) -> bool:
        """Whether the view has applied all that is in the log."""
        return not any((await self.app.state.chassis.consumers[0].lag()).values())

    async def beat(self, **since: float) -> None:
        """A heartbeat of every partition of the consent ledger."""
        await self.hear(*beats(ago(**since)))
        self.app.state.rooms.view.forget()  # its own reminder follows the commit that was waited for

    async def publish_notice(self, key: str = "core", version: int = 1, *purposes: str) -> None:
        """A notice becomes known."""
        await self.hear(
            NoticePublished(
                **envelope(),
                notice=key,
                notice_version=version,
                purposes=purposes or PURPOSES,
                sha256="0" * 64,
            )
        )

    async def change_consent(
        self, subject: str, version: int, *, restricted: bool = False, **purposes: PurposeState
    ) -> None:
        """The ledger's whole state of a subject becomes known."""
        await self.hear(consent_state(subject, version, restricted=restricted, **purposes))

    async def events(self, topic: str) -> list[Any]:
        """Everything that ingest published to a topic."""
        relay = self.app.state.chassis.relay
        await until(relay.drained)
        reader = await self.log.subscribe("test", [topic], from_the_start)
        found: list[Any] = []
        while batches := await reader.next(wait=0.05, limit=10_000):
            found += [TOPICS[topic].decode(message.value) for batch in batches for message in batch.messages]
        await reader.close()
        return found

    async def status_of(self, record_id: str) -> str:
        """What became of a record."""
        return str((await self.client.get(f"/v1/records/{record_id}")).json()["status"])

    async def status_of_or_none(self, record_id: str) -> str | None:
        """What became of a record, None where there is none."""
        answer = await self.client.get(f"/v1/records/{record_id}")
        return None if answer.status_code == 404 else str(answer.json()["status"])

    async def becomes(self, record_id: str, status: str) -> None:
        """Wait until a record has a status."""

        async def holds() -> bool:
            return await self.status_of(record_id) == status

        await until(holds)

    async def resolve(self, *, create: bool = False, **identifiers: Any) -> dict[str, Any]:
        """The answer of the resolve door."""
        body = {"identifiers": identifiers, "create": create}
        answer = await self.client.post("/internal/resolve", json=body, headers=self.as_service())
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def grant(
        self, subject: str, *fields: str, life: int = 5, made: float | None = None, **claims: Any
    ) -> str:
        """A grant as the gateway makes it."""
        now = int(made if made is not None else time.time())
        body = {"jti": new_id(), "subject": subject, "fields": list(fields), "purpose": "service"}
        body |= {"client": "c", "iat": now, "exp": now + life} | claims
        return jwt.encode({"alg": "HS256"}, body, OctKey.import_key(self.secret))

    async def reveal(self, grant: str) -> httpx2.Response:
        """The answer of the reveal door."""
        return await self.client.post("/internal/reveal", json={"grant": grant}, headers=self.as_service())

    def as_caller(self, client: str, kind: str, *scopes: str) -> dict[str, str]:
        """Headers of another client."""
        return {
            "x-chandung-caller": InternalTokens(self.secret).mint(Caller(client, kind, frozenset(scopes)))
        }

    def as_source(self, source: str, scopes: frozenset[str] = SCOPES) -> dict[str, str]:
        """Headers of a write key's client, whose records are of `source`."""
        caller = Caller("site", "collector", scopes, frozenset(), source)
        return {"x-chandung-caller": InternalTokens(self.secret).mint(caller)}

    def as_service(self) -> dict[str, str]:
        """Headers of another service."""
        return {"x-chandung-caller": InternalTokens(self.secret).mint(Caller("verify", "service"))}


@asynccontextmanager
async def running_ingest(folder: Path, *, view: bool = True, **changed: Any) -> AsyncIterator[Running]:
    """Ingest below `folder`; with `view` it knows the notice core and has a fresh view of consents."""
    defaults: dict[str, Any] = {"view_max_age_s": 60.0, "database_url": "", "log_url": ""}
    settings = IngestSettings(data_dir=folder / "var", key_dir=folder / "keys", **{**defaults, **changed})
    app = create_app(settings)
    secret = internal_secret(settings.key_dir, "")
    token = InternalTokens(secret).mint(Caller("collector", "collector", SCOPES))
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=transport, base_url="http://ingest", headers={"x-chandung-caller": token}
        ) as client,
    ):
        made = Running(
            app, client, settings, app.state.chassis.log, secret, Feed(app.state.chassis.log, "gateway")
        )
        if view:
            await made.publish_notice()
            await made.beat()
        yield made
