"""A run, in a process of its own: `python -m services.persona.studies.run`, with the job's folder on standard input.

Reads the folder and the lake's files, never a database; writes progress, assignments and at last the result. Started
before there is a job, it loads the libraries meanwhile and waits; it ends when its parent does.
"""

import os
import sys
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from kernel.ids import new_id
from services.persona.arrow import arrow
from services.persona.attributes.domain import Window
from services.persona.cards.domain.card import Portrayal, card_of
from services.persona.cards.domain.components import Evidence, People
from services.persona.cards.domain.fairness import audits, traits_of
from services.persona.cards.domain.lineage import lineage
from services.persona.cards.domain.movement import flows_between, stability_index
from services.persona.cards.domain.quotes import Quote, pick_quotes
from services.persona.studies import job as folder_of
from services.persona.studies.domain.grouping import Groups, Refusal, find_groups
from services.persona.studies.domain.surrogate import surrogate_of
from services.persona.studies.domain.validation import Trial
from services.persona.studies.job import Job, Progress, Result
from services.persona.studies.measuring import Measured, hold_trial, measure
from services.persona.studies.outcome import assignment_rows
from services.persona.studies.telling import family_views, rule_view


def run(folder: Path) -> Result:
    """Do the job in `folder` and write what came of it. A refusal is a result; anything else raises."""
    job = folder_of.read_job(folder)
    tell = partial(_tell, folder)
    tell(0.05, "reading facts")
    measured = measure(job, folder)
    tell(0.3, "looking back")
    trial = hold_trial(job, folder, measured)
    choosing, judging = trial.halves() if trial else (None, None)
    columns = measured.columns()
    tell(0.4, "finding groups")
    try:
        groups = find_groups(
            columns,
            measured.attributes,
            largest=job.max_personas,
            fewest_people=job.fewest_people,
            floor=max(job.threshold, round(job.floor_share * measured.table.num_rows)),
            threshold=job.threshold,
            trial=choosing,
            report=lambda share: tell(0.4 + 0.35 * share, "finding groups"),
        )
    except Refusal as refusal:
        result = Result("refused", refusal.quality, refusal.reasons)
    else:
        tell(0.75, "judging")
        _judge(groups, columns, judging)
        tell(0.85, "drawing portraits")
        result = portray(job, folder, measured, groups)
    folder_of.put(folder, "result", result)
    return result


def _judge(groups: Groups, columns: dict[str, Any], trial: Trial | None) -> None:
    """Add to the groups' quality how well they foretell the metric, and how well short rules tell them."""
    if groups.model is None:
        return
    if trial is not None and trial.is_telling:
        groups.quality["validation"] = trial.scores(groups.model.features, groups.model.centres)
    told = surrogate_of(columns, groups.model.features, groups.group)
    groups.quality["surrogate"] = {"depth": told.depth, "fidelity": told.fidelity}
    groups.rules.update(told.rules)


def portray(job: Job, folder: Path, measured: Measured, groups: Groups) -> Result:
    """The personas of `groups` with their cards, quotes and assignments."""
    people = People(measured.columns(), groups.group)
    persons = measured.column("person")
    before = _before(folder)
    ids = lineage(persons, groups.group.tolist(), before, [new_id() for _ in range(groups.k)])
    groups = groups.settled([before.get(person) for person in persons], ids)
    people = People(people.columns, groups.group)
    moved = _moved(persons, groups, ids, before, job.threshold)
    if moved:
        groups.quality["drift"] = {name: moved[name] for name in ("psi", "moved_share")}
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
    family = family_views(groups, ids)
    for group, persona_id in ids.items():
        card = card_of(work, group, persona_id, job.before.get(persona_id), taken)
        taken.add(card["name"].split(",", maxsplit=1)[0])
        rule = rule_view(groups.rules.get(group), measured.attributes, job.threshold)
        personas.append(
            {"id": persona_id, **card, "rule": rule, "family": family.get(group), "migration": moved}
        )
    _write_assignments(folder, assignment_rows(persons, people.columns, groups, ids, measured.attributes))
    return Result("done", groups.quality, [], personas, _quotes(measured, persons, groups, ids))


def _moved(
    persons: Any, groups: Groups, ids: dict[int, str], before: dict[str, str], threshold: int
) -> dict[str, Any] | None:
    """Who moved since the version before; None for the first."""
    if not before:
        return None
    pairs = zip(persons, groups.group.tolist(), strict=True)
    after = {str(person): ids[group] for person, group in pairs if group in ids}
    flows, share = flows_between(before, after, threshold)
    return {
        "flows": flows,
        "moved_share": share,
        "psi": stability_index(list(before.values()), list(after.values())),
    }


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
        "validation": groups.quality.get("validation"),
        "surrogate": groups.quality.get("surrogate"),
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


def _end_with_parent() -> None:
    """Standard input ends when the parent does: another attempt may then be at work on the folder."""
    sys.stdin.read()
    os._exit(1)


def main() -> None:
    """Load what every run needs, wait for a folder, do its job; errors go to the folder."""
    os.nice(5)  # requests come first
    import ibis
    import pyarrow.parquet
    import sklearn.cluster

    loaded = (arrow(), ibis.duckdb, pyarrow.parquet, sklearn.cluster)
    line = sys.stdin.readline().strip()
    if line and loaded:
        threading.Thread(target=_end_with_parent, daemon=True).start()
        with (Path(line) / folder_of.ERRORS).open("wb") as errors:
            os.dup2(errors.fileno(), sys.stderr.fileno())
        run(Path(line))


if __name__ == "__main__":
    main()
