"""Social as tests run it: the real app over SQLite files, with what it published read back from the log."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from kernel.contracts.mentions import MentionAnalyzed
from kernel.contracts.topics import TOPICS
from kernel.log.sql import event
from kernel.store.engine import Database
from kernel.web.asgi import ASGIApp
from kernel.web.internal import Caller
from services.social.app import create_app
from services.social.settings import SocialSettings
from tests.running import Running, body_of, places, until

CALLER = Caller("listener", "internal", frozenset({"social:read", "social:write"}))


@dataclass(slots=True)
class Social(Running):
    """A running social."""

    async def send(self, *mentions: Any) -> list[dict[str, Any]]:
        """Post a batch; its receipts."""
        reply = await self.ask("POST", "/v1/mentions/batch", {"mentions": mentions})
        assert reply.status == 202, reply.body
        receipts: list[dict[str, Any]] = body_of(reply)["receipts"]
        return receipts

    async def listen(self, name: str, *phrases: str, kind: str = "brand", **more: Any) -> str:
        """Create a topic; its id."""
        reply = await self.ask("POST", "/v1/topics", {"name": name, "kind": kind, "any": phrases, **more})
        assert reply.status == 201, reply.body
        return str(body_of(reply)["id"])

    async def settled(self) -> None:
        """Return once every mention is analysed, every topic attached, and everything published."""
        await until(self._at_rest, within=20)

    async def _at_rest(self) -> bool:
        async with self.database.snapshot() as view:
            waits = await view.scalar(
                sa.text(
                    "SELECT (SELECT count(*) FROM mention WHERE pending) + (SELECT count(*) FROM outbox)"
                    " + (SELECT count(*) FROM topic WHERE NOT labelled)"
                )
            )
        return not waits and await self.all_applied()

    async def published(self) -> list[MentionAnalyzed]:
        """Every event in the log, in the order of its partition."""
        query = sa.select(event.c.value).where(event.c.topic == "mentions.analyzed")
        log = Database(f"sqlite:///{self.folder / 'data' / 'log.db'}")
        async with log.snapshot() as view:
            values: Sequence[bytes] = (await view.execute(query)).scalars().all()
        await log.close()
        found = [TOPICS["mentions.analyzed"].decode(value) for value in values]
        return [one for one in found if isinstance(one, MentionAnalyzed)]


@asynccontextmanager
async def running(folder: Path, *, ingest: ASGIApp | None = None, **settings: Any) -> AsyncIterator[Social]:
    """Social over the files in `folder`. A second call on the same folder is a restart."""
    app = create_app(SocialSettings(**places(folder), **settings), ingest=ingest)
    async with app.router.lifespan_context(app):
        yield Social(app, folder, CALLER)


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
