"""The gateway as tests run it: the real app over SQLite files; only what stands behind it are doubles."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from gateway.app import create_app
from gateway.consent import repository
from gateway.consent.stream import hear_subjects
from gateway.edge.door import Edge
from gateway.parts import Parts
from gateway.settings import GatewaySettings
from gateway.tables import store
from kernel.contracts.event import Event
from kernel.ids import new_id
from kernel.store.erasures import Erasures
from kernel.web.asgi import Receive, Scope, Send
from kernel.web.internal import HEADER, Caller
from kernel.web.upstream import Reply, call
from tests.running import TOKENS, body_of, places
from tests.vault_double import VaultDouble, answer

PROBLEMS = "https://chandung.dev/problems/"


@dataclass
class Service:
    """A service that remembers how it was asked and answers what it is told to."""

    document: dict[str, Any] = field(default_factory=lambda: {"paths": {}, "components": {"schemas": {}}})
    asked: list[Scope] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    ready: bool = True
    copy: dict[str, Any] | None = field(default_factory=dict)
    """What it holds of anybody; None: it does not answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        if scope["path"] == "/openapi.json":
            await answer(send, 200, self.document)
        elif scope["path"] == "/readyz":
            await answer(send, 200 if self.ready else 503, {})
        elif scope["path"] == "/internal/copy":
            await answer(send, 503 if self.copy is None else 200, self.copy)
        else:
            self.asked.append(scope)
            self.bodies.append(body)
            await self.respond(scope, body, send)

    async def respond(self, scope: Scope, body: bytes, send: Send) -> None:
        """What a public route answers."""
        await answer(send, 200, {"path": scope["path"]})

    def caller(self) -> Caller:
        """Who asked last, as the gateway vouched for it."""
        headers = [value for name, value in self.asked[-1]["headers"] if name == HEADER]
        assert len(headers) == 1
        return TOKENS.check(headers[0])


@dataclass
class Ingest(VaultDouble, Service):
    """Ingest: its two internal doors; everything else answers like any service."""

    asks: str = "gateway"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await Service.__call__(self, scope, receive, send)

    async def respond(self, scope: Scope, body: bytes, send: Send) -> None:
        """At the doors as the vault, elsewhere as a service."""
        inside = scope["path"].startswith("/internal/")
        await (VaultDouble if inside else Service).respond(self, scope, body, send)


@dataclass(slots=True)
class Gateway:
    """A running gateway and what stands behind it."""

    app: Edge
    folder: Path
    ingest: Ingest
    verify: Service
    social: Service
    persona: Service
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> Parts:
        """What its rooms share."""
        return self.app.parts

    @property
    def credentials(self) -> dict[str, Any]:
        """What the first start wrote."""
        written: dict[str, Any] = json.loads((self.folder / "data" / "credentials.json").read_text())
        return written

    async def token(self, who: str) -> str:
        """An access token of one of the first clients, or of one that `register` made."""
        if who not in self._tokens:
            reply = await self.get_token(self.credentials[who])
            self._tokens[who] = body_of(reply)["access_token"]
        return self._tokens[who]

    async def get_token(self, client: Mapping[str, Any], **more: str) -> Reply:
        """Ask for a token with a client's id and secret."""
        form = {
            "grant_type": "client_credentials",
            "client_id": client["client_id"],
            "client_secret": client["client_secret"],
            **more,
        }
        return await self.post_form("/oauth/token", form)

    async def post_form(self, path: str, form: Mapping[str, str]) -> Reply:
        """POST a form."""
        headers = ((b"content-type", b"application/x-www-form-urlencoded"),)
        return await call(self.app, "POST", path, headers=headers, body=urlencode(form).encode())

    async def register(self, name: str, by: str = "operator", **body: Any) -> dict[str, Any]:
        """Register a client, after which `ask(..., who=name)` asks as that one."""
        wanted = {"name": name, "type": "partner", "scopes": ["subjects:read"], "purposes": ["marketing"]}
        reply = await self.ask("POST", "/v1/clients", wanted | body, who=by)
        assert reply.status == 201, reply.body
        made = body_of(reply)
        self._tokens[name] = body_of(await self.get_token(made))["access_token"]
        return made

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        who: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """A request as a client sends it."""
        head = [(b"content-type", b"application/json")] if body is not None else []
        if who is not None:
            head.append((b"authorization", f"Bearer {await self.token(who)}".encode()))
        head += [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
        content = b"" if body is None else msgspec.json.encode(body)
        return await call(self.app, method, path, headers=head, body=content)

    async def hear_people(self, *events: Event) -> None:
        """Events of people as the ledger's consumer applies them."""
        chassis = self.app.own.state.chassis  # type: ignore[attr-defined]  # a FastAPI app
        erasures = Erasures("gateway", chassis.database, store, chassis.log, (), repository.HOLDINGS)
        async with self.parts.database.transaction() as tx:
            await hear_subjects(erasures, tx, events)

    async def consent(self, subject: str, *purposes: str) -> None:
        """The person consents, at the gateway's own door."""
        act = {
            "subject_id": subject,
            "notice": "core",
            "version": 1,
            "purposes": list(purposes),
            "method": "form",
            "captured_at": datetime.now(UTC).isoformat(),
            "proof": f"form {new_id()}",
        }
        reply = await self.ask("POST", "/v1/consents", act, who="operator")
        assert reply.status == 201, reply.body

    async def withdraw(self, subject: str, *purposes: str) -> None:
        """The person withdraws consent."""
        body = {"subject_id": subject, "purposes": list(purposes)}
        reply = await self.ask("POST", "/v1/consents/withdraw", body, who="operator")
        assert reply.status == 200, reply.body

    async def audit(self, **query: str) -> list[dict[str, Any]]:
        """Entries of the audit trail, the newest first."""
        path = "/v1/audit?" + urlencode({"limit": 1000, **query})
        items: list[dict[str, Any]] = body_of(await self.ask("GET", path, who="privacy_officer"))["items"]
        return items


@asynccontextmanager
async def running(folder: Path, **settings: Any) -> AsyncIterator[Gateway]:
    """A gateway over the files in `folder`. A second call on the same folder is a restart."""
    services = {"verify": Service(), "social": Service(), "persona": Service()}
    ingest = Ingest()
    chosen = GatewaySettings(**places(folder), **settings)
    app = create_app(chosen, upstreams={"ingest": ingest, **services})
    assert isinstance(app, Edge)
    async with app.own.router.lifespan_context(app.own):  # type: ignore[attr-defined]  # a FastAPI app
        yield Gateway(app, folder, ingest, **services)


def refused(reply: Reply, status: int, code: str) -> bool:
    """Whether the answer is a problem of that status and type."""
    headers = dict(reply.headers)
    is_problem = headers[b"content-type"].startswith(b"application/problem+json")
    body = body_of(reply)
    assert (reply.status, body["type"]) == (status, PROBLEMS + code), body
    return is_problem and body["status"] == status
