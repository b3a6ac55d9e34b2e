"""Social as tests run it: the real app over SQLite files, with what it published read back from the log."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from fastapi import FastAPI

from kernel.contracts.mentions import MentionAnalyzed
from kernel.contracts.topics import TOPICS
from kernel.log.sql import event
from kernel.store.engine import Database
from kernel.web.internal import HEADER, Caller, InternalTokens
from kernel.web.upstream import Reply, call
from services.social.app import create_app
from services.social.settings import SocialSettings

SECRET = "an internal secret of the tests, 32+ bytes"
SCOPES = frozenset({"social:read", "social:write"})


@dataclass(slots=True)
class Social:
    """A running social."""

    app: FastAPI
    folder: Path
    tokens: InternalTokens

    @property
    def database(self) -> Database:
        """Social's own database."""
        database: Database = self.app.state.chassis.database
        return database

    async def ask(
        self, method: str, path: str, body: Any = None, *, scopes: frozenset[str] = SCOPES
    ) -> Reply:
        """A request as the gateway passes it on; bytes are sent as they are."""
        caller = Caller(client_id="listener", kind="internal", scopes=scopes)
        headers = ((HEADER, self.tokens.mint(caller).encode()), (b"content-type", b"application/json"))
        content = body if isinstance(body, bytes) else b"" if body is None else msgspec.json.encode(body)
        return await call(self.app, method, path, headers=headers, body=content)

    async def send(self, *mentions: Any) -> list[dict[str, Any]]:
        """Post a batch; its receipts."""
        reply = await self.ask("POST", "/v1/mentions/batch", {"mentions": mentions})
        assert reply.status == 202, reply.body
        receipts: list[dict[str, Any]] = json_of(reply)["receipts"]
        return receipts

    async def get(self, path: str) -> dict[str, Any]:
        """The JSON at `path`."""
        reply = await self.ask("GET", path)
        assert reply.status == 200, reply.body
        return json_of(reply)

    async def listen(self, name: str, *phrases: str, kind: str = "brand", **more: Any) -> str:
        """Create a topic; its id."""
        reply = await self.ask("POST", "/v1/topics", {"name": name, "kind": kind, "any": phrases, **more})
        assert reply.status == 201, reply.body
        return str(json_of(reply)["id"])

    async def settled(self) -> None:
        """Return once every mention is analysed, every topic attached, and everything published."""
        for _ in range(400):
            async with self.database.snapshot() as view:
                waits = await view.scalar(
                    sa.text(
                        "SELECT (SELECT count(*) FROM mention WHERE pending) + (SELECT count(*) FROM outbox)"
                        " + (SELECT count(*) FROM topic WHERE NOT labelled)"
                    )
                )
            lag = [sum((await part.lag()).values()) for part in self.app.state.chassis.consumers]
            if not waits and not sum(lag):
                return
            await asyncio.sleep(0.05)
        raise AssertionError("social did not settle")

    async def published(self) -> list[MentionAnalyzed]:
        """Every event in the log, in the order of its partition."""
        query = sa.select(event.c.value).where(event.c.topic == "mentions.analyzed")
        log = Database(f"sqlite+aiosqlite:///{self.folder / 'data' / 'log.db'}")
        async with log.snapshot() as view:
            values: Sequence[bytes] = (await view.execute(query)).scalars().all()
        await log.close()
        found = [TOPICS["mentions.analyzed"].decode(value) for value in values]
        return [one for one in found if isinstance(one, MentionAnalyzed)]


@asynccontextmanager
async def running(folder: Path, **settings: Any) -> AsyncIterator[Social]:
    """Social over the files in `folder`. A second call on the same folder is a restart."""
    chosen = SocialSettings(
        data_dir=folder / "data", key_dir=folder / "keys", internal_key=SECRET, **settings
    )
    app = create_app(chosen)
    async with app.router.lifespan_context(app):
        yield Social(app, folder, InternalTokens(SECRET.encode()))


def json_of(reply: Reply) -> dict[str, Any]:
    """The JSON of an answer."""
    decoded: dict[str, Any] = msgspec.json.decode(reply.body)
    return decoded


def mention(native_id: str, text: Any, **more: Any) -> dict[str, Any]:
    """A mention as a client sends it."""
    return {
        "id": native_id,
        "platform": "facebook",
        "author": {"handle": "khach.quen.77"},
        "text": text,
        "url": f"https://www.facebook.com/groups/22/posts/{len(native_id)}",
        "published_at": "2026-11-20T10:02:11+07:00",
        **more,
    }
