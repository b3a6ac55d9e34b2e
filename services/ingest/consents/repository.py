"""Queries of notices."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many
from services.ingest.consents.tables import notice

NoticeKey = tuple[str, int]


async def all_notices(tx: AsyncConnection) -> dict[NoticeKey, frozenset[str]]:
    """The purposes of every published notice."""
    rows = await tx.execute(sa.select(notice.c.key, notice.c.version, notice.c.purposes))
    return {(key, version): frozenset(purposes.split()) for key, version, purposes in rows}


async def add_notices(tx: AsyncConnection, notices: Mapping[NoticeKey, Iterable[str]]) -> None:
    """Keep notices; a version that is known stays as it is."""
    columns: dict[str, list[Any]] = {
        "key": [key for key, _ in notices],
        "version": [version for _, version in notices],
        "purposes": [" ".join(purposes) for purposes in notices.values()],
    }
    await insert_many(tx, notice, columns, conflict="(key, version) DO NOTHING")
