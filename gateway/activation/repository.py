"""Every query about webhooks and their messages."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.activation.tables import webhook, webhook_message
from kernel.store.holdings import rows_about

HOLDINGS = (rows_about("webhook messages", webhook_message.c.subject),)

Row = sa.Row[Any]


async def insert_webhook(tx: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Keep a destination."""
    await tx.execute(sa.insert(webhook).values(**values))


async def find_webhook(tx: AsyncConnection, webhook_id: str) -> Row | None:
    """The destination of that id."""
    return (await tx.execute(sa.select(webhook).where(webhook.c.id == webhook_id))).first()


async def webhooks_of(tx: AsyncConnection, client_id: str, after: str | None, limit: int) -> Sequence[Row]:
    """A client's destinations by id, from the one after `after`."""
    query = sa.select(webhook).where(webhook.c.client_id == client_id).order_by(webhook.c.id).limit(limit)
    return (await tx.execute(query.where(webhook.c.id > after) if after else query)).all()


async def open_webhooks(tx: AsyncConnection) -> Sequence[Row]:
    """The destinations that messages are put down for; a disabled one keeps what it gets for later."""
    return (await tx.execute(sa.select(webhook).where(webhook.c.state != "closed"))).all()


async def change_webhook(tx: AsyncConnection, webhook_id: str, values: Mapping[str, Any]) -> None:
    """Change a destination."""
    await tx.execute(sa.update(webhook).where(webhook.c.id == webhook_id).values(**values))


async def count_waiting(tx: AsyncConnection, webhook_id: str) -> int:
    """How many messages wait for a destination."""
    waits = sa.and_(webhook_message.c.webhook_id == webhook_id, webhook_message.c.state == "waiting")
    return await tx.scalar(sa.select(sa.func.count()).select_from(webhook_message).where(waits)) or 0


async def known_keys(tx: AsyncConnection, webhook_id: str, keys: Sequence[str]) -> set[str]:
    """Those of `keys` that there is a message under."""
    query = sa.select(webhook_message.c.key).where(
        webhook_message.c.webhook_id == webhook_id, webhook_message.c.key.in_(keys)
    )
    return set((await tx.execute(query)).scalars())


async def insert_messages(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put messages down."""
    if rows:
        await tx.execute(sa.insert(webhook_message), list(rows))


async def find_message(tx: AsyncConnection, webhook_id: str, message_id: str) -> Row | None:
    """A message of a destination."""
    mine = sa.and_(webhook_message.c.id == message_id, webhook_message.c.webhook_id == webhook_id)
    return (await tx.execute(sa.select(webhook_message).where(mine))).first()


async def messages_of(
    tx: AsyncConnection, webhook_id: str, state: str | None, before: str | None, limit: int
) -> Sequence[Row]:
    """Messages of a destination, the newest first."""
    message = webhook_message.c
    query = sa.select(webhook_message).where(message.webhook_id == webhook_id)
    query = query.where(message.state == state) if state else query
    query = query.where(message.id < before) if before else query
    return (await tx.execute(query.order_by(message.id.desc()).limit(limit))).all()


async def change_message(tx: AsyncConnection, message_id: str, values: Mapping[str, Any]) -> None:
    """Change a message."""
    await tx.execute(sa.update(webhook_message).where(webhook_message.c.id == message_id).values(**values))


async def send_again(
    tx: AsyncConnection, webhook_id: str, since: datetime, states: Sequence[str], now: datetime
) -> int:
    """Let messages that came since wait once more; how many."""
    message = webhook_message.c
    chosen = sa.and_(message.webhook_id == webhook_id, message.created_at >= since, message.state.in_(states))
    anew = {"state": "waiting", "tries": 0, "next_at": now, "ended_at": None}
    return (await tx.execute(sa.update(webhook_message).where(chosen).values(**anew))).rowcount


async def due_webhooks(tx: AsyncConnection, now: datetime, limit: int) -> Sequence[Row]:
    """Open destinations whose turn it is and for whom something is due, the longest waiting first."""
    message = webhook_message.c
    has_due = sa.exists().where(
        message.webhook_id == webhook.c.id, message.state == "waiting", message.next_at <= now
    )
    query = sa.select(webhook).where(webhook.c.state == "open", webhook.c.next_at <= now, has_due)
    return (await tx.execute(query.order_by(webhook.c.next_at).limit(limit))).all()


async def lease(tx: AsyncConnection, webhook_id: str, now: datetime, until: datetime) -> bool:
    """Take a destination until then; False where another sender did."""
    free = sa.and_(webhook.c.id == webhook_id, webhook.c.next_at <= now, webhook.c.state == "open")
    return bool((await tx.execute(sa.update(webhook).where(free).values(next_at=until))).rowcount)


async def due_messages(tx: AsyncConnection, webhook_id: str, now: datetime, limit: int) -> Sequence[Row]:
    """Messages that are due for a destination, the oldest first."""
    message = webhook_message.c
    due = sa.and_(message.webhook_id == webhook_id, message.state == "waiting", message.next_at <= now)
    return (await tx.execute(sa.select(webhook_message).where(due).order_by(message.id).limit(limit))).all()


async def forget_messages(tx: AsyncConnection, before: datetime) -> None:
    """Delete messages that came before."""
    await tx.execute(sa.delete(webhook_message).where(webhook_message.c.created_at < before))
