"""Verify as tests run it: a real app over SQLite files; only ingest's two doors and the clock are doubles."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import OctKey

from kernel.contracts.consents import ConsentChanged, ConsentHeartbeat, PurposeState
from kernel.contracts.event import Event
from kernel.contracts.topics import PARTITIONS
from kernel.ids import new_id
from kernel.store.engine import Database
from kernel.web.asgi import Receive, Scope, Send
from kernel.web.internal import HEADER, Caller, InternalTokens
from kernel.web.upstream import Reply, call
from services.verify.app import create_app
from services.verify.holders.stream import follow_consents
from services.verify.settings import VerifySettings

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
SECRET = "an internal secret of the tests, 32+ bytes"
PURPOSES = frozenset({"service", "verification"})


@dataclass(slots=True)
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Move forward."""
        self.now += timedelta(**by)


@dataclass(slots=True)
class IngestDouble:
    """Ingest's resolve and reveal doors over invented people; grants are checked as ingest checks them."""

    holders: dict[str, str] = field(default_factory=dict)
    """Number (E.164) to subject."""
    erased: set[str] = field(default_factory=set)
    grants: list[Mapping[str, Any]] = field(default_factory=list)
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    down: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tokens = InternalTokens(SECRET.encode())
        caller = tokens.check(dict(scope["headers"])[HEADER])
        assert caller == Caller(client_id="verify", kind="service")
        body = json.loads((await receive())["body"])
        if self.down:
            status, answer = 503, {}
        elif scope["path"] == "/internal/resolve":
            status, answer = 200, self._resolve(body)
        else:
            status, answer = self._reveal(body)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _resolve(self, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(body)
        assert body["create"] is False
        subject = self.holders.get(body["identifiers"]["phone"])
        return {"subject_id": subject, "erased": subject in self.erased}

    def _reveal(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        grant = jwt.decode(body["grant"], OctKey.import_key(SECRET.encode()), algorithms=["HS256"]).claims
        self.grants.append(grant)
        if grant["subject"] in self.erased:
            return 410, {}
        numbers = {subject: number for number, subject in self.holders.items()}
        if grant["subject"] not in numbers:
            return 404, {}
        return 200, {"fields": {"phone": numbers[grant["subject"]]}}


@dataclass(slots=True)
class Verify:
    """A running verify and what stands around it."""

    app: FastAPI
    folder: Path
    clock: Clock
    ingest: IngestDouble
    tokens: InternalTokens

    @property
    def database(self) -> Database:
        """Verify's own database."""
        database: Database = self.app.state.chassis.database
        return database

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        client: str = "app",
        kind: str = "internal",
        scopes: frozenset[str] = frozenset({"verify:write", "audit:read"}),
    ) -> Reply:
        """A request as the gateway passes it on."""
        caller = Caller(client_id=client, kind=kind, scopes=scopes, purposes=PURPOSES)
        headers = ((HEADER, self.tokens.mint(caller).encode()), (b"content-type", b"application/json"))
        content = b"" if body is None else msgspec.json.encode(body)
        return await call(self.app, method, path, headers=headers, body=content)

    async def start(self, phone: str, **more: Any) -> Reply:
        """Ask for a code to `phone`."""
        client = more.pop("client", "app")
        body = {"phone": phone, "purpose": "verification", **more}
        return await self.ask("POST", "/v1/verifications", body, client=client)

    async def check(self, verification_id: str, code: str, *, client: str = "app") -> Reply:
        """Check a code."""
        path = f"/v1/verifications/{verification_id}/check"
        return await self.ask("POST", path, {"code": code}, client=client)

    async def resend(self, verification_id: str, *, client: str = "app") -> Reply:
        """Ask for the code again."""
        return await self.ask("POST", f"/v1/verifications/{verification_id}/resend", client=client)

    def sent(self) -> list[dict[str, Any]]:
        """What the development sender wrote, in the order of sending."""
        found = [json.loads(path.read_text()) for path in (self.folder / "data" / "outbox").glob("*.json")]
        return sorted(found, key=lambda message: message["sent_at"])

    def code_of(self, verification_id: str) -> str:
        """The code that was sent first."""
        path = self.folder / "data" / "outbox" / f"{verification_id}.json"
        return str(json.loads(path.read_text())["code"])

    async def consents(self, *events: Event, heartbeat: bool = True) -> None:
        """Apply consent events as the consumer does, then a heartbeat of now in every partition."""
        beats = [beat(partition, self.clock.now) for partition in range(PARTITIONS)] if heartbeat else []
        async with self.database.transaction() as tx:
            await follow_consents(tx, [*events, *beats])


def beat(partition: int, at: datetime) -> ConsentHeartbeat:
    """A heartbeat."""
    return ConsentHeartbeat(
        id=new_id(), version=1, subject=None, occurred_at=at, recorded_at=at, partition=partition
    )


def consented(
    subject: str, version: int, *, granted: datetime | None, withdrawn: datetime | None = None, **more: Any
) -> ConsentChanged:
    """A subject's whole consent state."""
    state = PurposeState(granted_at=granted, withdrawn_at=withdrawn)
    return ConsentChanged(
        id=new_id(),
        version=1,
        subject=subject,
        occurred_at=NOON,
        recorded_at=NOON,
        ledger_version=version,
        purposes={"verification": state},
        **more,
    )


@asynccontextmanager
async def running(folder: Path, *, patience_s: float = 0, **settings: Any) -> AsyncIterator[Verify]:
    """Verify over the files in `folder`, with a standing clock. A second call on the same folder is a restart."""
    clock, ingest = Clock(), IngestDouble()
    chosen = VerifySettings(
        data_dir=folder / "data",
        key_dir=folder / "keys",
        internal_key=SECRET,
        consent_patience_s=patience_s,
        **settings,
    )
    app = create_app(chosen, ingest=ingest, clock=clock)
    async with app.router.lifespan_context(app):
        yield Verify(app, folder, clock, ingest, InternalTokens(SECRET.encode()))


def body_of(reply: Reply) -> dict[str, Any]:
    """The JSON of an answer."""
    decoded: dict[str, Any] = msgspec.json.decode(reply.body)
    return decoded


def refusal(reply: Reply) -> tuple[int, dict[str, Any]]:
    """A problem without its `instance`, the only part that may differ."""
    body = body_of(reply)
    del body["instance"]
    return reply.status, body
