"""The folder of a run, from the parent's side: what the child may read."""

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from services.persona.arrow import arrow
from services.persona.lake.service import LakeState, People
from services.persona.settings import PersonaSettings
from services.persona.studies import job as folder_of
from services.persona.studies.domain.study import Study


def write_job(folder: Path, job: folder_of.Job, people: People, before: Sequence[tuple[str, str]]) -> None:
    """Make the folder with the job, the people it may look at, and who was what before."""
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_people(folder, people)
    if before:
        table = arrow().table(
            {"person": [person for person, _ in before], "persona": [persona for _, persona in before]}
        )
        pq.write_table(table, folder / folder_of.BEFORE)
    folder_of.put(folder, "job", job)


def resumed(folder: Path, job: folder_of.Job) -> folder_of.Job:
    """`job` as of the moment that an attempt cut off in `folder` began, where it had measured; else in an empty folder.

    The lake's files are those of now: the old ones may have been joined or rewritten since.
    """
    if not (folder / "measured.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        return job
    then = folder_of.read_job(folder)
    return msgspec.structs.replace(
        job, window=then.window, computed_at=then.computed_at, facts_until=then.facts_until
    )


def write_people(folder: Path, people: People) -> None:
    """Write `people.parquet` (origin, person, allowed)."""
    import pyarrow.parquet as pq

    pa = arrow()
    kinds = {"origin": pa.string(), "person": pa.string(), "allowed": pa.bool_()}
    columns = {name: pa.array(getattr(people, name), kind) for name, kind in kinds.items()}
    pq.write_table(pa.table(columns), folder / folder_of.PEOPLE)


def job_of(
    run_id: str, study_id: str, study: Study, state: LakeState, settings: PersonaSettings, *, now: datetime
) -> folder_of.Job:
    """The job of a run that begins now."""
    window = study.window(now)
    return folder_of.Job(
        run_id=run_id,
        study_id=study_id,
        objective=study.objective,
        metric=study.metric,
        horizon_days=study.horizon_days,
        conditions=tuple(folder_of.Condition(c.field, c.op, c.value) for c in study.conditions),
        window=(window.start_s, window.end_s),
        max_personas=study.max_personas,
        threshold=settings.small_cell,
        fewest_people=settings.fewest_people,
        floor_share=settings.floor_share,
        lake_url=state.url,
        lake_files=state.files,
        lake_version=state.version,
        facts_until=state.facts_until,
        computed_at=int(now.timestamp()),
        memory=settings.run_memory,
    )
