"""What a run asks of the lake: one row a person over the window, and the trial: who they were, what they did next."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from services.persona.arrow import arrow
from services.persona.attributes.domain import Attribute, Selection, Window, attributes_with
from services.persona.attributes.domain import Condition as AudienceCondition
from services.persona.studies import job as folder_of
from services.persona.studies.domain.validation import Trial
from services.persona.studies.job import Job

if TYPE_CHECKING:
    import pyarrow as pa

DAY_S = 86_400
LONGEST_TRIAL = 1 / 3
"""Share of the window that a trial's horizon may take: what is left must still say who people are."""
_TABLE, _ABOUT = "measured.parquet", "measured"


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

    def columns(self) -> dict[str, Any]:
        """All columns as numpy arrays."""
        return {name: self.column(name) for name in self.table.column_names}


class _About(msgspec.Struct, frozen=True):
    """`measured.json`: what stands beside the table of a finished stage."""

    questions: list[str]
    queries: dict[str, str]
    texts: list[dict[str, str]]
    currency: str


def measure(job: Job, folder: Path) -> Measured:
    """One row for each consenting person of the audience, with all attributes that the lake supports.

    A run that was cut off after this stage finds it done: people who meanwhile must not be looked at are left out.
    """
    kept = _kept(job, folder)
    if kept is not None:
        return kept
    from services.persona.attributes import repository as engine

    facts, window = _facts(job, folder, Window(*job.window))
    questions = engine.asked_questions(facts)
    attributes, selection = _asked(job, questions)
    table = engine.read(engine.aggregate(facts, attributes, window, selection).order_by("person"))
    queries, texts = engine.queries_of(attributes, window), engine.texts(facts)
    _keep(folder, table, _About(questions, queries, texts, window.currency))
    return Measured(table, attributes, queries, texts, window)


def hold_trial(job: Job, folder: Path, measured: Measured) -> Trial | None:
    """People as the first part of the window shows them, and whether they did in the rest what the metric asks for.

    None where the metric cannot be seen in facts, or nobody was there before the cut.
    """
    import numpy as np

    from services.persona.attributes import repository as engine

    start, end = job.window
    horizon = min(job.horizon_days * DAY_S, int((end - start) * LONGEST_TRIAL))
    cut = min(end, job.facts_until) - horizon
    if cut <= start + horizon:
        return None
    facts, before = _facts(job, folder, Window(start, cut, measured.window.currency))
    _, selection = _asked(job, [])
    people = engine.read(engine.aggregate(facts, measured.attributes, before, selection).order_by("person"))
    people = people.filter(arrow().compute.greater(people.column("contacts"), 0))
    if people.num_rows == 0:
        return None
    after, _ = _facts(job, folder, Window(cut, cut + horizon, measured.window.currency))
    did = dict(engine.read(_done(after, job.metric, measured.window.currency)).to_pydict())
    done = dict(zip(did["person"], did["value"], strict=True))
    values = np.array([float(done.get(person) or 0.0) for person in people.column("person").to_pylist()])
    columns = {
        name: people.column(name).to_numpy(zero_copy_only=False) for name in measured.table.column_names
    }
    return Trial(columns, _outcome(job.metric, values), cut, horizon)


def _done(facts: Any, metric: str, currency: str) -> Any:
    """(person, value): orders, spend or contacts of the horizon, as the metric asks."""
    bought = (facts.kind == "transaction") & (facts.currency == currency)
    value = {
        "repeat_purchase": bought.sum(),
        "churn": bought.sum(),
        "revenue": facts.amount.sum(where=bought),
        "response": facts.kind.isin(("interaction", "attendance", "feedback", "answer", "transaction")).sum(),
    }[metric]
    return facts.group_by("person").aggregate(value=value.cast("float64"))


def _outcome(metric: str, values: Any) -> Any:
    """0 and 1: bought again, stayed away, spent more than three of four, responded."""
    import numpy as np

    if metric == "churn":
        return (values <= 0).astype(float)
    bound = float(np.quantile(values, 0.75)) if metric == "revenue" else 0.0
    return (values > max(bound, 0.0)).astype(float)


def _facts(job: Job, folder: Path, window: Window) -> tuple[Any, Window]:
    """The consenting people's facts of a window, and the window with the currency of most of its money."""
    from services.persona.attributes import repository as engine

    backend = engine.connect(memory=job.memory, spill=folder)
    lake = engine.LakeFiles(job.lake_url, job.lake_files)
    facts = engine.facts_of_people(backend, lake, folder / folder_of.PEOPLE, consenting=True)
    facts = backend.create_view("facts_in_window", engine.within(facts, window))
    return facts, window._replace(currency=engine.main_currency(facts))


def _asked(job: Job, questions: list[str]) -> tuple[list[Attribute], Selection]:
    """The attributes to compute, those that only the audience asks for among them, and the audience."""
    attributes = attributes_with(questions)
    selection = Selection(tuple(AudienceCondition(c.field, c.op, c.value) for c in job.conditions))  # type: ignore[arg-type]  # checked when the study was made
    known = {attribute.key for attribute in attributes}
    more = [key.partition(":")[2] for key in selection.keys if key not in known]
    return [*attributes, *attributes_with(more)[len(attributes_with([])) :]], selection


def _keep(folder: Path, table: "pa.Table", about: _About) -> None:
    import pyarrow.parquet as pq

    draft = folder / f".{_TABLE}"
    pq.write_table(table, draft)
    draft.replace(folder / _TABLE)
    folder_of.put(folder, _ABOUT, about)  # last: where it is, the table is whole


def _kept(job: Job, folder: Path) -> Measured | None:
    """What an earlier attempt measured, without those who may no longer be looked at."""
    import pyarrow.parquet as pq

    path = folder / f"{_ABOUT}.json"
    if not path.exists():
        return None
    about = msgspec.json.decode(path.read_bytes(), type=_About)
    people = pq.read_table(folder / folder_of.PEOPLE)
    pairs = zip(people.column("person").to_pylist(), people.column("allowed").to_pylist(), strict=True)
    allowed = {person for person, may in pairs if may}
    table = pq.read_table(folder / _TABLE)
    inside = [person in allowed for person in table.column("person").to_pylist()]
    attributes, _ = _asked(job, about.questions)
    texts = [said for said in about.texts if said["person"] in allowed]
    window = Window(*job.window)._replace(currency=about.currency)
    return Measured(table.filter(arrow().array(inside)), attributes, about.queries, texts, window)
