"""Studies that are refreshed by themselves: a new run when the published one has grown old."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from kernel.store.engine import Database
from services.persona.cards import service as cards
from services.persona.studies import repository
from services.persona.studies.service.runner import Runner
from services.persona.studies.service.studies import queue_run

LOOK_EVERY_S = 60.0


async def refresh_due(database: Database, runner: Runner, now: datetime) -> list[str]:
    """Queue a run for each study whose last run that was published or tried is older than the study's
    `refresh.every_days`; the studies' ids. A run that waits or works already is not doubled."""
    async with database.snapshot() as connection:
        published = await cards.publications(connection)
        newest = await repository.newest_runs(connection, list(published))
        specs = {study: await repository.study_by_id(connection, study) for study in published}
    due = []
    for study_id, at in published.items():
        row, (state, started) = specs[study_id], newest[study_id]
        every = ((row.spec.get("refresh") if row else None) or {}).get("every_days")
        if every and state not in ("queued", "running") and max(at, started) <= now - timedelta(days=every):
            due.append(study_id)
    for study_id in due:
        async with database.transaction() as tx:
            await queue_run(tx, study_id, now)
    if due:
        runner.wake()
    return due


async def refresh_for_ever(database: Database, runner: Runner, clock: Callable[[], datetime]) -> None:
    """Look every LOOK_EVERY_S; a database that does not answer is asked again later."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await refresh_due(database, runner, clock())
        except SQLAlchemyError as error:
            structlog.get_logger().warning("studies not refreshed", error=type(error).__name__)
