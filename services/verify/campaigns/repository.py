"""Queries of campaigns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many
from kernel.store.holdings import rows_about
from services.verify.campaigns.tables import campaign, item

Row = sa.Row[Any]


async def add_campaign(tx: AsyncConnection, row: dict[str, Any], items: Sequence[dict[str, Any]]) -> None:
    """Keep a campaign and its list."""
    await tx.execute(sa.insert(campaign).values(row))
    columns = {name: [one[name] for one in items] for name in items[0]}
    await insert_many(tx, item, columns)


async def find_campaign(connection: AsyncConnection, campaign_id: str, client_id: str) -> Row | None:
    """A client's own campaign."""
    query = sa.select(campaign).where(campaign.c.id == campaign_id, campaign.c.client_id == client_id)
    return (await connection.execute(query)).first()


async def lock_campaign(tx: AsyncConnection, campaign_id: str) -> Row | None:
    """A campaign that runs, held until the end of the transaction: lines are paced one after the other."""
    query = sa.select(campaign).where(campaign.c.id == campaign_id, campaign.c.state == "running")
    return (await tx.execute(query.with_for_update())).first()


async def list_campaigns(
    connection: AsyncConnection, client_id: str, after: str | None, limit: int
) -> Sequence[Row]:
    """A client's campaigns, the oldest first."""
    query = sa.select(campaign).where(campaign.c.client_id == client_id)
    if after:
        query = query.where(campaign.c.id > after)
    return (await connection.execute(query.order_by(campaign.c.id).limit(limit))).all()


async def count_items(connection: AsyncConnection, campaign_id: str) -> dict[str, int]:
    """How many lines are in which state."""
    query = sa.select(item.c.state, sa.func.count()).where(item.c.campaign_id == campaign_id)
    return {row[0]: row[1] for row in await connection.execute(query.group_by(item.c.state))}


async def list_items(connection: AsyncConnection, campaign_id: str, after: int, limit: int) -> Sequence[Row]:
    """Lines in their order."""
    query = sa.select(item).where(item.c.campaign_id == campaign_id, item.c.position > after)
    return (await connection.execute(query.order_by(item.c.position).limit(limit))).all()


async def running(connection: AsyncConnection) -> Sequence[Row]:
    """Campaigns that run."""
    query = sa.select(campaign).where(campaign.c.state == "running")
    return (await connection.execute(query.order_by(campaign.c.id))).all()


async def next_item(connection: AsyncConnection, campaign_id: str) -> Row | None:
    """The first line that waits."""
    query = sa.select(item).where(item.c.campaign_id == campaign_id, item.c.state == "waiting")
    return (await connection.execute(query.order_by(item.c.position).limit(1))).first()


async def take_item(
    tx: AsyncConnection, campaign_id: str, position: int, state: str, now: datetime, **values: Any
) -> bool:
    """Move a waiting line on and destroy its number; False where it waits no more."""
    waiting = sa.update(item).where(
        item.c.campaign_id == campaign_id, item.c.position == position, item.c.state == "waiting"
    )
    changed = {"state": state, "sealed": None, "changed_at": now, **values}
    return (await tx.execute(waiting.values(changed))).rowcount == 1


async def put_back(tx: AsyncConnection, campaign_id: str, position: int, sealed: bytes) -> None:
    """A line that was taken up and certainly not sent waits again."""
    row = sa.update(item).where(
        item.c.campaign_id == campaign_id, item.c.position == position, item.c.state == "handed"
    )
    await tx.execute(row.values(state="waiting", sealed=sealed))


async def give_up_handed(tx: AsyncConnection, campaign_id: str, before: datetime) -> None:
    """Lines that a process took up and then died: what became of them is unknown, and they are not sent again."""
    lost = sa.update(item).where(
        item.c.campaign_id == campaign_id, item.c.state == "handed", item.c.changed_at < before
    )
    await tx.execute(lost.values(state="unknown"))


async def move_campaign(tx: AsyncConnection, campaign_id: str, among: Sequence[str], **values: Any) -> bool:
    """Change a campaign that is in one of `among`; False where it is not."""
    row = sa.update(campaign).where(campaign.c.id == campaign_id, campaign.c.state.in_(among))
    return (await tx.execute(row.values(values))).rowcount == 1


async def give_up(tx: AsyncConnection, campaign_id: str, reason: str, now: datetime) -> None:
    """Skip what still waits, and destroy its numbers."""
    waiting = sa.update(item).where(item.c.campaign_id == campaign_id, item.c.state == "waiting")
    await tx.execute(waiting.values(state="skipped", sealed=None, reason=reason, changed_at=now))


async def sent_items(connection: AsyncConnection, campaign_id: str) -> dict[str, int]:
    """Lines whose verification was still open when it was looked at last: their places by verification."""
    query = sa.select(item.c.position, item.c.verification_id).where(
        item.c.campaign_id == campaign_id, item.c.state == "sent"
    )
    rows = await connection.execute(query.limit(2_000))
    return {str(row.verification_id): row.position for row in rows}


async def settle_item(
    tx: AsyncConnection,
    campaign_id: str,
    position: int,
    state: str,
    delivery: str | None,
    now: datetime,
    *,
    reason: str | None = None,
    among: Sequence[str] = ("sent",),
) -> None:
    """What became of a line that was sent to; nothing where it is in none of `among` any more."""
    row = sa.update(item).where(
        item.c.campaign_id == campaign_id, item.c.position == position, item.c.state.in_(among)
    )
    await tx.execute(row.values(state=state, delivery=delivery, reason=reason, changed_at=now))


HOLDINGS = (rows_about("campaign items", item.c.subject),)
