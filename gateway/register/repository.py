"""Every query of the register."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.clients.tables import client
from gateway.register.tables import recipient

_CONTRACT: sa.Select[Any] = (
    sa.select(
        client.c.fields, recipient.c.key, recipient.c.country, recipient.c.purposes, recipient.c.assessed_at,
        recipient.c.ended_at,
    )
    .join_from(client, recipient, recipient.c.client_id == client.c.id, isouter=True)
    .where(client.c.id == sa.bindparam("client_id"))
)  # fmt: skip


async def contract_row(tx: AsyncConnection, client_id: str) -> sa.Row[Any] | None:
    """A client's fields, with its entry in the register where it has one."""
    row: sa.Row[Any] | None = (await tx.execute(_CONTRACT, {"client_id": client_id})).first()
    return row


async def find(tx: AsyncConnection, key: str) -> sa.Row[Any] | None:
    """An entry by its key."""
    return (await tx.execute(sa.select(recipient).where(recipient.c.key == key))).first()


async def save(tx: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Write an entry whole; True where there was none. Raises IntegrityError where the client has another one."""
    mine = recipient.c.key == row["key"]
    changed = await tx.execute(sa.update(recipient).where(mine).values(**row))
    if not changed.rowcount:
        await tx.execute(sa.insert(recipient).values(**row))
    return not changed.rowcount


async def entries(tx: AsyncConnection, after: str | None, limit: int | None) -> Sequence[sa.Row[Any]]:
    """Entries by key, from the one after `after`."""
    query = sa.select(recipient).order_by(recipient.c.key).limit(limit)
    return (await tx.execute(query.where(recipient.c.key > after) if after else query)).all()


async def client_exists(tx: AsyncConnection, client_id: str) -> bool:
    """Whether there is such a client."""
    return bool(await tx.scalar(sa.select(sa.exists().where(client.c.id == client_id))))
