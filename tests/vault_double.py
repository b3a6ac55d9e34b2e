"""The vault's resolve and reveal doors over invented people; grants are checked as ingest checks them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey

from kernel.ids import new_id
from kernel.web.asgi import Receive, Scope, Send
from kernel.web.internal import HEADER, Caller
from tests.running import SECRET, TOKENS


@dataclass
class VaultDouble:
    """`people` are fields by subject. Only the service `asks` may ask."""

    asks: str
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    grants: list[Mapping[str, Any]] = field(default_factory=list)
    resolved: list[Mapping[str, Any]] = field(default_factory=list)
    """What was asked of the resolve door."""
    holds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What each hold keeps, by its id."""
    happened: list[dict[str, Any]] = field(default_factory=list)
    """Everybody's timeline."""
    sharing: dict[str, int] = field(default_factory=dict)
    """How many people a phone was seen with, where they are several."""
    claimed: set[str] = field(default_factory=set)
    """Who proved to hold a phone, and is named without it."""
    down: bool = False

    def add(self, **fields: str) -> str:
        """A person with these fields, as the vault knows them; the subject id."""
        subject = new_id()
        self.people[subject] = fields
        return subject

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.respond(scope, (await receive())["body"], send)

    async def respond(self, scope: Scope, body: bytes, send: Send) -> None:
        """Answer at one of the two doors."""
        assert TOKENS.check(dict(scope["headers"])[HEADER]) == Caller(self.asks, "service")
        if self.down:
            await answer(send, 503, {})
        elif scope["method"] == "GET":
            await answer(send, 404, {})
        elif scope["path"] == "/internal/resolve":
            await answer(send, 200, self._resolve(json.loads(body)))
        elif scope["path"] == "/internal/timeline":
            await answer(send, 200, {"items": self.happened, "next_cursor": None})
        elif scope["path"] == "/internal/held":
            await answer(send, *self._held(json.loads(body)))
        else:
            await answer(send, *self._reveal(json.loads(body)["grant"]))

    def _held(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        grant = jwt.decode(asked["grant"], OctKey.import_key(SECRET.encode()), algorithms=["HS256"]).claims
        assert grant["exp"] <= grant["iat"] + 5
        self.grants.append(grant)
        (field_,) = grant["fields"]
        items = self.holds.get(field_.removeprefix("hold:"))
        return (404, {}) if items is None else (200, {"items": items[: asked["limit"]], "next_cursor": None})

    def _resolve(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.resolved.append(asked)
        identifiers: dict[str, str] = asked["identifiers"]
        for subject, fields in self.people.items():
            if identifiers.items() & fields.items():
                return {
                    "subject_id": subject,
                    "erased": subject in self.erased,
                    "claimed": subject in self.claimed,
                    "people": self.sharing.get(identifiers.get("phone", ""), 1),
                }
        return {"subject_id": self.add(**identifiers) if asked["create"] else None, "erased": False}

    def _reveal(self, token: str) -> tuple[int, dict[str, Any]]:
        grant = jwt.decode(token, OctKey.import_key(SECRET.encode()), algorithms=["HS256"]).claims
        assert grant["exp"] <= grant["iat"] + 5
        assert grant["jti"] not in {earlier["jti"] for earlier in self.grants}
        self.grants.append(grant)
        if grant["subject"] in self.erased:
            return 410, {}
        if grant["subject"] not in self.people:
            return 404, {}
        known = self.people[grant["subject"]]
        return 200, {"fields": {name: known[name] for name in grant["fields"] if name in known}}


async def answer(send: Send, status: int, body: Any) -> None:
    """Send a JSON answer."""
    content = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
