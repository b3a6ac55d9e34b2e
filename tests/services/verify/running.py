"""Verify as tests run it: a real app over SQLite files; only ingest's two doors and the clock are doubles."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kernel.contracts.consents import ConsentChanged
from kernel.contracts.event import Event
from kernel.web.internal import Caller
from kernel.web.upstream import Reply
from services.verify.app import create_app
from services.verify.holders.stream import follow_consents
from services.verify.senders.port import Sender
from services.verify.settings import VerifySettings
from tests.happened import beats, consent_state, decided
from tests.running import Running, body_of, places
from tests.vault_double import VaultDouble

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
CALLER = Caller(
    "app", "internal", frozenset({"verify:write", "audit:read"}), frozenset({"service", "verification"})
)


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
class Verify(Running):
    """A running verify and what stands around it."""

    clock: Clock
    ingest: VaultDouble

    async def start(self, phone: str, **more: Any) -> Reply:
        """Ask for a code to `phone`."""
        client = more.pop("client", "app")
        body = {"phone": phone, "purpose": "verification", **more}
        return await self.ask("POST", "/v1/verifications", body, client_id=client)

    async def check(self, verification_id: str, code: str, *, client: str = "app") -> Reply:
        """Check a code."""
        path = f"/v1/verifications/{verification_id}/check"
        return await self.ask("POST", path, {"code": code}, client_id=client)

    async def resend(self, verification_id: str, *, client: str = "app") -> Reply:
        """Ask for the code again."""
        return await self.ask("POST", f"/v1/verifications/{verification_id}/resend", client_id=client)

    async def status(self, verification_id: str, *, client: str = "app") -> dict[str, Any]:
        """How a verification stands."""
        return body_of(await self.ask("GET", f"/v1/verifications/{verification_id}", client_id=client))

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
        heard = [*events, *(beats(self.clock.now) if heartbeat else ())]
        async with self.database.transaction() as tx:
            await follow_consents(tx, heard)


def consented(
    subject: str, version: int, *, granted: datetime | None, withdrawn: datetime | None = None, **more: Any
) -> ConsentChanged:
    """A subject's whole consent state: that on verification."""
    return consent_state(subject, version, at=NOON, verification=decided(granted, withdrawn), **more)


@asynccontextmanager
async def running(
    folder: Path, *, patience_s: float = 0, senders: Sequence[Sender] | None = None, **settings: Any
) -> AsyncIterator[Verify]:
    """Verify over the files in `folder`, with a standing clock. A second call on the same folder is a restart."""
    clock, ingest = Clock(), VaultDouble("verify")
    chosen = VerifySettings(**places(folder), consent_patience_s=patience_s, **settings)
    app = create_app(chosen, ingest=ingest, senders=senders, clock=clock)
    async with app.router.lifespan_context(app):
        yield Verify(app, folder, CALLER, clock, ingest)


def refusal(reply: Reply) -> tuple[int, dict[str, Any]]:
    """A problem without its `instance`, the only part that may differ."""
    body = body_of(reply)
    del body["instance"]
    return reply.status, body
