"""Models and jobs."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.social.models.tables import model_job, text_model

ACTIVE, KEPT, REJECTED = "active", "kept", "rejected"
TRAIN, REANALYSE = "train", "reanalyse"
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
_TOLD = [column for column in text_model.columns if column.name != "file"]


async def insert_model(tx: AsyncConnection, row: Mapping[str, Any]) -> None:
    """Keep a model."""
    await tx.execute(sa.insert(text_model).values(**row))


async def activate(tx: AsyncConnection, model_id: str | None) -> bool:
    """Let a model answer in place of the one that does, or the shipped one (None). False where there is none such."""
    await tx.execute(sa.update(text_model).where(text_model.c.state == ACTIVE).values(state=KEPT))
    if model_id is None:
        return True
    one = sa.update(text_model).where(text_model.c.model_id == model_id)
    return bool((await tx.execute(one.values(state=ACTIVE))).rowcount)


async def select_active(tx: AsyncConnection) -> str | None:
    """The id of the model that answers; None: the shipped one."""
    found: str | None = await tx.scalar(sa.select(text_model.c.model_id).where(text_model.c.state == ACTIVE))
    return found


async def select_file(tx: AsyncConnection, model_id: str) -> bytes | None:
    """A model's file."""
    found: bytes | None = await tx.scalar(
        sa.select(text_model.c.file).where(text_model.c.model_id == model_id)
    )
    return found


async def select_models(tx: AsyncConnection, after: str | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Models without their files, oldest first."""
    query = sa.select(*_TOLD).order_by(text_model.c.model_id).limit(limit)
    return (await tx.execute(query.where(text_model.c.model_id > after) if after else query)).all()


async def insert_job(tx: AsyncConnection, job_id: str, kind: str, total: int, now_ms: int) -> None:
    """Ask for work."""
    row = {"job_id": job_id, "kind": kind, "state": WAITING, "total": total, "done": 0}
    await tx.execute(sa.insert(model_job).values(**row, touched_ms=now_ms, made_ms=now_ms))


async def select_job(tx: AsyncConnection, job_id: str) -> sa.Row[Any] | None:
    """A job by its id."""
    return (await tx.execute(sa.select(model_job).where(model_job.c.job_id == job_id))).one_or_none()


async def select_open(tx: AsyncConnection, kind: str, *, lock: bool = False) -> sa.Row[Any] | None:
    """The oldest job of a kind that is not at its end; with `lock` nobody else moves it before `tx` ends."""
    query = sa.select(model_job).where(model_job.c.kind == kind, model_job.c.state.in_((WAITING, RUNNING)))
    query = query.order_by(model_job.c.job_id).limit(1)
    return (await tx.execute(query.with_for_update() if lock else query)).one_or_none()


async def claim_job(tx: AsyncConnection, kind: str, now_ms: int, stale_ms: int) -> sa.Row[Any] | None:
    """The oldest job of a kind that nobody is at (nobody touched since `stale_ms`); it is ours then."""
    free = sa.or_(model_job.c.state == WAITING, model_job.c.touched_ms < stale_ms)
    query = sa.select(model_job).where(
        model_job.c.kind == kind, model_job.c.state.in_((WAITING, RUNNING)), free
    )
    ordered = query.order_by(model_job.c.job_id).limit(1).with_for_update(skip_locked=True)
    row = (await tx.execute(ordered)).one_or_none()
    if row is not None:
        await change_job(tx, row.job_id, state=RUNNING, touched_ms=now_ms)
    return row


async def change_job(tx: AsyncConnection, job_id: str, **values: Any) -> None:
    """Note how far a job has come."""
    await tx.execute(sa.update(model_job).where(model_job.c.job_id == job_id).values(**values))


async def last_training(tx: AsyncConnection) -> int:
    """When a training was last asked for, in milliseconds; 0: never."""
    query = sa.select(sa.func.max(model_job.c.made_ms)).where(model_job.c.kind == TRAIN)
    return await tx.scalar(query) or 0
