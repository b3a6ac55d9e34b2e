"""Every query about studies and runs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.persona.studies.tables import run, study

Row = sa.Row[Any]


async def save_study(
    tx: AsyncConnection, study_id: str, spec: Mapping[str, Any], created_by: str, at: datetime
) -> None:
    """Add a study."""
    row = {"id": study_id, "spec": dict(spec), "created_by": created_by, "created_at": at}
    await tx.execute(sa.insert(study).values(row))


async def study_by_id(connection: AsyncConnection, study_id: str) -> Row | None:
    """A study."""
    return (await connection.execute(sa.select(study).where(study.c.id == study_id))).first()


async def save_run(tx: AsyncConnection, run_id: str, study_id: str, at: datetime) -> None:
    """Queue a run."""
    start = {"state": "queued", "progress": 0.0, "stage": "queued", "attempts": 0, "lease_until": 0.0}
    found: dict[str, Any] = {"quality": {}, "reasons": [], "personas": []}
    await tx.execute(sa.insert(run).values(id=run_id, study_id=study_id, created_at=at, **start, **found))


async def run_by_id(connection: AsyncConnection, run_id: str) -> Row | None:
    """A run."""
    return (await connection.execute(sa.select(run).where(run.c.id == run_id))).first()


async def newest_runs(connection: AsyncConnection, studies: Sequence[str]) -> dict[str, tuple[str, datetime]]:
    """The state and the beginning of the newest run of each of these studies, which have one."""
    query = sa.select(run.c.study_id, run.c.state, run.c.created_at).where(run.c.study_id.in_(studies))
    rows = await connection.execute(query.order_by(run.c.created_at))
    return {row.study_id: (row.state, row.created_at) for row in rows}


def _waits(now: float) -> sa.ColumnElement[bool]:
    return sa.or_(run.c.state == "queued", sa.and_(run.c.state == "running", run.c.lease_until < now))


async def any_run_waits(connection: AsyncConnection, now: float) -> bool:
    """Whether there is a run to claim: asked of a snapshot, so that an idle service writes nothing."""
    return bool(await connection.scalar(sa.select(sa.exists(sa.select(run.c.id).where(_waits(now))))))


async def claim_run(tx: AsyncConnection, holder: str, now: float, lease_s: float) -> Row | None:
    """The oldest run that waits or whose holder has gone silent, now held by `holder`; None where there is none."""
    query = (
        sa.select(run)
        .where(_waits(now))
        .order_by(run.c.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = (await tx.execute(query)).first()
    if found is not None:
        held = {
            "state": "running",
            "holder": holder,
            "lease_until": now + lease_s,
            "attempts": found.attempts + 1,
        }
        await tx.execute(sa.update(run).where(run.c.id == found.id).values(held))
    return found


async def renew(tx: AsyncConnection, run_id: str, holder: str, until: float, told: tuple[float, str]) -> bool:
    """Keep holding a run and say how far it is; False where another holds it."""
    mine = sa.and_(run.c.id == run_id, run.c.holder == holder, run.c.state == "running")
    values = {"lease_until": until, "progress": told[0], "stage": told[1]}
    return bool((await tx.execute(sa.update(run).where(mine).values(values))).rowcount)


async def release(tx: AsyncConnection, run_id: str, holder: str) -> None:
    """Queue a held run again."""
    mine = sa.and_(run.c.id == run_id, run.c.holder == holder, run.c.state == "running")
    await tx.execute(sa.update(run).where(mine).values(state="queued", holder=None, stage="queued"))


async def finish(tx: AsyncConnection, run_id: str, holder: str, values: Mapping[str, Any]) -> bool:
    """End a held run with `values`; False where another holds it."""
    mine = sa.and_(run.c.id == run_id, run.c.holder == holder, run.c.state == "running")
    return bool((await tx.execute(sa.update(run).where(mine).values(dict(values)))).rowcount)
