"""Studies and runs as use cases."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.errors import NotFound
from kernel.ids import new_id
from services.persona.attributes.domain import Condition, as_told
from services.persona.cards import service as cards
from services.persona.errors import StudyRefused
from services.persona.studies import repository
from services.persona.studies.domain.study import Study, faults_of

Spec = dict[str, Any]
"""A study as stored: the body of POST /v1/studies with its defaults, times in ISO 8601."""


async def make_study(tx: AsyncConnection, spec: Spec, created_by: str, now: datetime) -> str:
    """Add a study. Raises StudyRefused where it lacks an objective or metric, or asks what cannot be asked."""
    faults = faults_of(study_of(spec))
    if faults:
        raise StudyRefused(
            "A study needs an objective, a metric and conditions that can be asked.", errors=faults
        )
    study_id = new_id()
    await repository.save_study(tx, study_id, spec, created_by, now)
    return study_id


async def find_study(connection: AsyncConnection, study_id: str) -> Study:
    """A study. Raises NotFound."""
    return study_of((await _row(connection, study_id)).spec)


async def read_study(connection: AsyncConnection, study_id: str) -> dict[str, Any]:
    """A study as the API shows it. Raises NotFound."""
    row = await _row(connection, study_id)
    published = await cards.published_run(connection, row.id)
    return {"id": row.id, **row.spec, "created_at": row.created_at, "published_run": published}


async def queue_run(tx: AsyncConnection, study_id: str, now: datetime) -> str:
    """Queue a run of a study. Raises NotFound."""
    await _row(tx, study_id)
    run_id = new_id()
    await repository.save_run(tx, run_id, study_id, now)
    return run_id


async def read_run(connection: AsyncConnection, run_id: str) -> dict[str, Any]:
    """A run as the API shows it. Raises NotFound."""
    row = await repository.run_by_id(connection, run_id)
    if row is None:
        raise NotFound("There is no run by that id.")
    shown = ("id", "study_id", "state", "progress", "stage", "quality", "reasons", "personas", "created_at")
    return {**{name: getattr(row, name) for name in shown}, "finished_at": row.finished_at}


def study_of(spec: Spec) -> Study:
    """The study that a stored spec describes."""
    window, metric = spec["window"], spec["success_metric"]
    start, end = (
        datetime.fromisoformat(window[name]) if window.get(name) else None for name in ("from", "to")
    )
    return Study(
        name=spec["name"],
        objective=spec["objective"],
        metric=metric["kind"],
        horizon_days=metric["horizon_days"],
        purpose=spec["purpose"],
        conditions=tuple(
            Condition(c["field"], c["op"], as_told(c["field"], c.get("value")))
            for c in spec["audience"].get("all", [])
        ),
        start=start,
        end=end,
        max_personas=spec["max_personas"],
    )


async def _row(connection: AsyncConnection, study_id: str) -> repository.Row:
    row = await repository.study_by_id(connection, study_id)
    if row is None:
        raise NotFound("There is no study by that id.")
    return row
