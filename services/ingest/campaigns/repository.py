"""Queries of campaigns."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many, one_of
from kernel.store.holdings import rows_about
from services.ingest.campaigns.domain import VALID_FROM, Response, Tally
from services.ingest.campaigns.tables import campaign, campaign_response, campaign_spend, verified_subject


async def add_campaign(tx: AsyncConnection, row: Mapping[str, Any]) -> bool:
    """Keep a campaign; False where one of that key is there."""
    columns = {name: [value] for name, value in row.items()}
    return await insert_many(tx, campaign, columns, conflict="(key) DO NOTHING") == 1


async def campaign_by_id(tx: AsyncConnection, key: str) -> Any:
    """A campaign by its id."""
    return (await tx.execute(sa.select(campaign).where(campaign.c.id == key))).first()


async def campaign_by_key(tx: AsyncConnection, key: str) -> Any:
    """A campaign by its key."""
    return (await tx.execute(sa.select(campaign).where(campaign.c.key == key))).first()


async def page_of_campaigns(tx: AsyncConnection, after: tuple[int, str] | None, limit: int) -> Sequence[Any]:
    """Campaigns, newest first, from after a position (created_at, id)."""
    query = sa.select(campaign)
    if after:
        query = query.where(sa.tuple_(campaign.c.created_at, campaign.c.id) < after)
    rows = await tx.execute(query.order_by(campaign.c.created_at.desc(), campaign.c.id.desc()).limit(limit))
    found: Sequence[Any] = rows.all()
    return found


async def add_spend(tx: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep spend entries."""
    if rows:
        await insert_many(tx, campaign_spend, {name: [row[name] for row in rows] for name in rows[0]})


async def spend_of(tx: AsyncConnection, key: str) -> Sequence[Any]:
    """A campaign's spend entries, oldest first."""
    query = sa.select(campaign_spend).where(campaign_spend.c.campaign_id == key)
    found: Sequence[Any] = (
        await tx.execute(query.order_by(campaign_spend.c.spent_on, campaign_spend.c.id))
    ).all()
    return found


async def add_responses(tx: AsyncConnection, responses: Sequence[Response]) -> None:
    """Keep which records answer campaigns."""
    columns = dict(zip(Response._fields, map(list, zip(*responses, strict=True)), strict=True))
    await insert_many(tx, campaign_response, columns)


async def tally_of(tx: AsyncConnection, key: str, name: str) -> Tally:
    """What came of a campaign with this id and key: counted from the rows as they are now, by their index."""
    answers = campaign_response.c
    verified = sa.and_(verified_subject.c.subject_id == answers.subject_id)
    doubted = (
        sa.func.coalesce(answers.trust, 1.0) < VALID_FROM
    )  # those of before it was kept are taken as they are
    counts = (
        sa.select(
            sa.func.count(),
            sa.func.count(sa.distinct(answers.subject_id)),
            sa.func.count(verified_subject.c.subject_id).filter(~doubted),
            sa.func.count().filter(doubted),
        )
        .select_from(campaign_response.outerjoin(verified_subject, verified))
        .where(answers.campaign.in_([key, name]))
    )
    leads, people, valid, doubts = (await tx.execute(counts)).one()
    total = sa.select(sa.func.coalesce(sa.func.sum(campaign_spend.c.amount), 0))
    spend = await tx.scalar(total.where(campaign_spend.c.campaign_id == key))
    return Tally(leads, people, valid, int(spend or 0), doubts)


async def note_verified(tx: AsyncConnection, subjects: Mapping[str, int]) -> None:
    """Keep who proved to hold their phone."""
    keys = sorted(subjects)
    columns: dict[str, list[Any]] = {"subject_id": keys, "at": [subjects[key] for key in keys]}
    await insert_many(tx, verified_subject, columns, conflict="(subject_id) DO NOTHING")


async def forget_verified(tx: AsyncConnection, subjects: Sequence[str]) -> int:
    """Forget them; how many there were."""
    gone = sa.delete(verified_subject).where(one_of(tx, verified_subject.c.subject_id, subjects))
    return (await tx.execute(gone)).rowcount


HOLDINGS = (
    rows_about("answers to campaigns", campaign_response.c.subject_id),
    rows_about("proofs of a phone", verified_subject.c.subject_id),
)
