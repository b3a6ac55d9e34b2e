"""Queries of imports."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.social.imports.tables import mention_import


async def insert_import(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Store a new import."""
    await tx.execute(sa.insert(mention_import).values(**row))


async def change_import(tx: AsyncConnection, import_id: str, values: Mapping[str, Any]) -> None:
    """Note how far an import is."""
    one = sa.update(mention_import).where(mention_import.c.import_id == import_id)
    await tx.execute(one.values(**values))


async def select_import(tx: AsyncConnection, import_id: str) -> sa.Row[Any] | None:
    """An import by its id."""
    query = sa.select(mention_import).where(mention_import.c.import_id == import_id)
    return (await tx.execute(query)).one_or_none()


async def select_page(tx: AsyncConnection, before: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Imports, newest first (ids are in the order of their making)."""
    query = sa.select(mention_import).order_by(mention_import.c.import_id.desc()).limit(limit)
    return (await tx.execute(query.where(mention_import.c.import_id < before) if before else query)).all()
