"""Queries of jobs."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest import moments
from services.ingest.matching.tables import identity_job


async def add_job(tx: AsyncConnection, key: str, client_id: str) -> None:
    """Queue a job."""
    now = moments.now()
    row = {"id": key, "state": "queued", "stage": "queued", "progress": 0.0, "client_id": client_id}
    await tx.execute(sa.insert(identity_job).values(**row, created_at=now, beat_at=now))


async def job_by_id(tx: AsyncConnection, key: str) -> Any:
    """One job."""
    return (await tx.execute(sa.select(identity_job).where(identity_job.c.id == key))).first()


async def waiting_job(tx: AsyncConnection) -> str | None:
    """The job that waits to begin."""
    query = sa.select(identity_job.c.id).where(identity_job.c.state == "queued").limit(1)
    key: str | None = await tx.scalar(query)
    return key


async def take_queued(tx: AsyncConnection, silent_since: int) -> str | None:
    """The oldest job that waits, or whose process was not heard of since; it runs from now on, unless another does."""
    query = _open_jobs(silent_since)
    key: str | None = await tx.scalar(query.with_for_update(skip_locked=True))
    if key is not None:
        await change(tx, key, state="running", stage="reading", progress=0.0, people=None, reason=None)
    return key


async def change(tx: AsyncConnection, key: str, **values: Any) -> None:
    """Note how far a job is."""
    query = sa.update(identity_job).where(identity_job.c.id == key)
    await tx.execute(query.values(**values, beat_at=moments.now()))


async def anything_queued(tx: AsyncConnection, silent_since: int) -> bool:
    """Whether a job waits, or was left behind: asked of a snapshot, so that an idle service writes nothing."""
    return (await tx.execute(_open_jobs(silent_since))).first() is not None


def _open_jobs(silent_since: int) -> sa.Select[tuple[str]]:
    running = identity_job.c.state == "running"
    silent = sa.and_(running, identity_job.c.beat_at < silent_since)
    other = identity_job.alias("other")
    busy = sa.exists().where(other.c.state == "running", other.c.beat_at >= silent_since)
    query = sa.select(identity_job.c.id).where(sa.or_(identity_job.c.state == "queued", silent), ~busy)
    return query.order_by(identity_job.c.id).limit(1)
