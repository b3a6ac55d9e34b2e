"""Queries of sources."""

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many
from services.ingest.sources.domain import DefaultConsent, Source
from services.ingest.sources.tables import source

_decode = msgspec.json.Decoder(DefaultConsent).decode


async def all_sources(tx: AsyncConnection) -> list[Source]:
    """Every source, by key."""
    rows = await tx.execute(sa.select(source).order_by(source.c.key))
    return [
        Source(
            row.key,
            row.name,
            row.created_at,
            _decode(row.default_consent) if row.default_consent else None,
            row.vouches,
        )
        for row in rows
    ]


async def hold_source(tx: AsyncConnection, key: str) -> bool:
    """Whether there is a source of that key, locked on a server."""
    query = sa.select(source.c.key).where(source.c.key == key).with_for_update()
    return (await tx.execute(query)).first() is not None


async def add_source(tx: AsyncConnection, new: Source) -> None:
    """Keep a source; one of that key stays as it is."""
    consent = msgspec.json.encode(new.default_consent) if new.default_consent else None
    columns: dict[str, list[Any]] = {
        "key": [new.key],
        "name": [new.name],
        "default_consent": [consent],
        "vouches": [new.vouches],
        "created_at": [new.created_at],
    }
    await insert_many(tx, source, columns, conflict="(key) DO NOTHING")
