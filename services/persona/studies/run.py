"""A run, in a process of its own: `python -m services.persona.studies.run`, with the job's folder on standard input.

Reads the folder and the lake's files, never a database; writes progress, assignments and at last the result. Started
before there is a job, it loads the libraries meanwhile and waits; it ends when its parent does.
"""

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel.ids import new_id
from services.persona.arrow import arrow
from services.persona.attributes.domain import Attribute, Selection, Window, attributes_with
from services.persona.attributes.domain import Condition as AudienceCondition
from services.persona.cards.domain.card import Portrayal, card_of
from services.persona.cards.domain.components import Evidence, People
from services.persona.cards.domain.fairness import audits, traits_of
from services.persona.cards.domain.lineage import lineage
from services.persona.cards.domain.quotes import Quote, pick_quotes
from services.persona.studies import job as folder_of
from services.persona.studies.domain.grouping import Groups, Refusal, find_groups
from services.persona.studies.job import Job, Progress, Result
from services.persona.studies.outcome import assignment_rows

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Measured:
    """What the lake says: one row a person, what each column is, the texts, and over what."""

    table: "pa.Table"
    attributes: list[Attribute]
    queries: dict[str, str]
    texts: list[dict[str, str]]
    window: Window

    def column(self, name: str) -> Any:
        """A column as a numpy array."""
        return self.table.column(name).to_numpy(zero_copy_only=False)


def run(folder: Path) -> Result:
    """Do the job in `folder` and write what came of it. A refusal is a result; anything else raises."""
    job = folder_of.read_job(folder)
    tell = partial(_tell, folder)
    tell(0.05, "reading facts")
    measured = measure(job, folder)
    columns = {name: measured.column(name) for name in measured.table.column_names}
    tell(0.3, "finding groups")
    try:
        groups = find_groups(
            columns,
            measured.attributes,
            largest=job.max_personas,
            fewest_people=job.fewest_people,
            floor=max(job.threshold, round(job.floor_share * measured.table.num_rows)),
            threshold=job.threshold,
            report=lambda share: tell(0.3 + 0.5 * share, "finding groups"),
        )
    except Refusal as refusal:
        result = Result("refused", refusal.quality, refusal.reasons)
    else:
        tell(0.85, "drawing portraits")
        result = portray(job, folder, measured, groups)
    folder_of.put(folder, "result", result)
    return result


def measure(job: Job, folder: Path) -> Measured:
    """One row for each consenting person of the audience, with all attributes that the lake supports."""
    from services.persona.attributes import repository as engine

    backend = engine.connect(memory=job.memory, spill=folder)
    lake = engine.LakeFiles(job.lake_url, job.lake_files)
    window = Window(*job.window)
    facts = engine.facts_of_people(backend, lake, folder / folder_of.PEOPLE, consenting=True)
    facts = backend.create_view("facts_in_window", engine.within(facts, window))
    window = window._replace(currency=engine.main_currency(facts))
    attributes = attributes_with(engine.asked_questions(facts))
    selection = Selection(tuple(AudienceCondition(c.field, c.op, c.value) for c in job.conditions))  # type: ignore[arg-type]  # checked when the study was made
    known = {attribute.key for attribute in attributes}
    attributes += attributes_with([k.partition(":")[2] for k in selection.keys if k not in known])[
        len(known) :
    ]
    table = engine.read(engine.aggregate(facts, attributes, window, selection).order_by("person"))
    return Measured(table, attributes, engine.queries_of(attributes, window), engine.texts(facts), window)


def portray(job: Job, folder: Path, measured: Measured, groups: Groups) -> Result:
    """The personas of `groups` with their cards, quotes and assignments."""
    people = People({name: measured.column(name) for name in measured.table.column_names}, groups.group)
    persons = measured.column("person")
    ids = lineage(persons, groups.group.tolist(), _before(folder), [new_id() for _ in range(groups.k)])
    traits = traits_of(people, datetime.fromtimestamp(measured.window.end_s, UTC).year)
    work = Portrayal(
        people,
        measured.attributes,
        Evidence(_window(measured.window), measured.queries, measured.window.currency, job.threshold),
        traits,
        audits(people, traits),
        groups.method,
        groups.stability,
        _about(job, measured, groups),
    )
    personas, taken = [], {name.split(",", maxsplit=1)[0] for name in job.before.values()}
    for group, persona_id in ids.items():
        card = card_of(work, group, persona_id, job.before.get(persona_id), taken)
        taken.add(card["name"].split(",", maxsplit=1)[0])
        personas.append({"id": persona_id, **card})
    _write_assignments(folder, assignment_rows(persons, people.columns, groups, ids, measured.attributes))
    return Result("done", groups.quality, [], personas, _quotes(measured, persons, groups, ids))


def _quotes(
    measured: Measured, persons: Any, groups: Groups, ids: dict[int, str]
) -> dict[str, list[dict[str, str]]]:
    group_of = dict(zip(persons, groups.group.tolist(), strict=True))
    offered: dict[int, list[Quote]] = {}
    for row in measured.texts:
        offered.setdefault(group_of.get(row["person"], -1), []).append(Quote(**row))
    return {
        persona_id: [quote._asdict() for quote in pick_quotes(offered.get(group, []), persona_id)]
        for group, persona_id in ids.items()
    }


def _about(job: Job, measured: Measured, groups: Groups) -> dict[str, Any]:
    return {
        "study_id": job.study_id,
        "run_id": job.run_id,
        "objective": job.objective,
        "metric": job.metric,
        "horizon_days": job.horizon_days,
        "customers": measured.table.num_rows,
        "facts": int(measured.column("facts").sum()),
        "facts_until": datetime.fromtimestamp(job.facts_until, UTC).isoformat(),
        "computed_at": datetime.fromtimestamp(job.computed_at, UTC).isoformat(),
        "lake_version": job.lake_version,
        "features": sorted({feature.key for feature in groups.features}),
    }


def _window(window: Window) -> dict[str, str]:
    start, end = (datetime.fromtimestamp(second, UTC).isoformat() for second in window[:2])
    return {"from": start, "to": end}


def _before(folder: Path) -> dict[str, str]:
    import pyarrow.parquet as pq

    path = folder / folder_of.BEFORE
    if not path.exists():
        return {}
    person, persona = (column.to_pylist() for column in pq.read_table(path).columns)
    return dict(zip(person, persona, strict=True))


def _write_assignments(folder: Path, rows: dict[str, list[Any]]) -> None:
    import pyarrow.parquet as pq

    pq.write_table(arrow().table(rows), folder / folder_of.ASSIGNMENTS)


def _tell(folder: Path, progress: float, stage: str) -> None:
    folder_of.put(folder, "progress", Progress(round(progress, 3), stage))


def main() -> None:
    """Load what every run needs, wait for a folder, do its job; errors go to the folder."""
    os.nice(5)  # requests come first
    import ibis
    import pyarrow.parquet
    import sklearn.cluster

    loaded = (arrow(), ibis.duckdb, pyarrow.parquet, sklearn.cluster)
    line = sys.stdin.readline().strip()
    if line and loaded:
        with (Path(line) / folder_of.ERRORS).open("wb") as errors:
            os.dup2(errors.fileno(), sys.stderr.fileno())
        run(Path(line))


if __name__ == "__main__":
    main()
