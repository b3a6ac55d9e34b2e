"""Yardstick 1, the raw limit: a bare ASGI endpoint that inserts the same rows with one statement, and nothing else."""

import os
from datetime import UTC, datetime

import asyncpg
import msgspec

from kernel.web.asgi import Receive, Scope, Send

TABLE = """CREATE TABLE IF NOT EXISTS raw_record (
    id uuid, source text, kind text, channel text, occurred_at timestamptz, received_at timestamptz,
    body bytea, PRIMARY KEY (id, source))"""
INSERT = """INSERT INTO raw_record SELECT * FROM unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::bytea[])"""


class Row(msgspec.Struct):
    """What the row's columns need; the rest of the record is only kept."""

    id: str
    source: str
    kind: str
    channel: str
    occurred_at: datetime


class Outline(msgspec.Struct):
    """A batch."""

    records: list[msgspec.Raw]


_outline = msgspec.json.Decoder(Outline).decode
_row = msgspec.json.Decoder(Row).decode


class RawLimit:
    """The endpoint. Every path answers alike."""

    pool: "asyncpg.Pool[asyncpg.Record]"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        chunks, more = [], True
        while more:
            message = await receive()
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(chunks)
        single = scope["path"].endswith("/records")
        raws = [memoryview(body)] if single else [memoryview(raw) for raw in _outline(body).records]
        rows, now = [_row(raw) for raw in raws], datetime.now(UTC)
        await self.pool.execute(
            INSERT,
            [row.id for row in rows],
            [row.source for row in rows],
            [row.kind for row in rows],
            [row.channel for row in rows],
            [row.occurred_at for row in rows],
            [now] * len(rows),
            [bytes(raw) for raw in raws],
        )
        await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self.pool = await asyncpg.create_pool(os.environ["RAW_DATABASE_URL"], min_size=4, max_size=8)
        await self.pool.execute(TABLE)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})


app = RawLimit()
