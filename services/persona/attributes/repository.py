"""Computing attributes: one aggregation a table, over the lake's files, on DuckDB through Ibis.

Runs in a child process (studies) or a thread (coverage); never touches the service's database.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.persona.attributes.domain import Attribute, Condition, Selection, Window

if TYPE_CHECKING:
    import pyarrow as pa

TRAITS = ("gender", "birth_year", "province", "occupation", "marital_status", "education")
"""Traits read beside the attributes: for audiences, demographics and fairness audits, never as features."""

EVERYBODY = Selection()

_FACETS = {"facet": "string", "label": "string", "weight": "int64", "share": "float64", "rank": "int64"}
_VERSIONED = ("mention", "aspect")


@dataclass(frozen=True, slots=True)
class LakeFiles:
    """Where the facts are: the live Parquet files of a local table, or the URL of one in an object store."""

    url: str
    files: tuple[str, ...] = ()


def connect(*, memory: str = "1GB", threads: int = 2, spill: Path | None = None) -> Any:
    """A DuckDB backend of Ibis in memory, bounded; spills to `spill` where given."""
    import ibis

    # Ibis 12 asks DuckDB 2.0 for schemas in a way that is still right but on its way out
    warnings.filterwarnings("ignore", r"fetch_arrow_table\(\) is deprecated", DeprecationWarning)
    config: dict[str, Any] = {"memory_limit": memory, "threads": threads, "preserve_insertion_order": False}
    if spill is not None:
        config["temp_directory"] = str(spill)
    backend = ibis.duckdb.connect(":memory:", **config)
    backend.raw_sql("SET TimeZone='UTC'")
    return backend


def facts_of_people(backend: Any, lake: LakeFiles, people: Path, *, consenting: bool) -> Any:
    """The lake as an Ibis table with `person` (merges applied) and `allowed` (profiling is in force).

    `people` is a Parquet file of (origin, person, allowed). With `consenting` only their facts, else everybody's.
    """
    facts = _lake(backend, lake)
    snapshot = backend.read_parquet(str(people))
    if consenting:
        joined = facts.inner_join(snapshot.filter(snapshot.allowed), facts.subject == snapshot.origin)
    else:
        joined = facts.left_join(snapshot, facts.subject == snapshot.origin)
        joined = joined.mutate(
            person=joined.person.coalesce(joined.subject), allowed=joined.allowed.coalesce(False)
        )
    return joined.drop("origin")


def within(facts: Any, window: Window) -> Any:
    """Facts of the window: what occurred in it, and what people are (traits), with the newest analysis of a text."""
    occurred = (facts.occurred_s >= window.start_s) & (facts.occurred_s < window.end_s)
    inside = facts.filter(occurred | (facts.kind == "trait"))
    plain = inside.filter(~inside.kind.isin(_VERSIONED))
    texts = inside.filter(inside.kind.isin(_VERSIONED))
    newest = texts.quantity == texts.quantity.max().over(group_by=texts.record_id)
    return plain.union(texts.mutate(newest=newest).filter(lambda t: t.newest).drop("newest"))


def main_currency(facts: Any) -> str:
    """The currency of most transactions, so that money is never added across currencies; VND where there is none."""
    paid = facts.filter((facts.kind == "transaction") & facts.currency.notnull())
    counted = paid.group_by("currency").aggregate(n=paid.count())
    rows = read(counted.order_by(counted.n.desc(), counted.currency).limit(1)).to_pylist()
    return str(rows[0]["currency"]) if rows else "VND"


def asked_questions(facts: Any, *, share: float = 0.3, limit: int = 12) -> list[str]:
    """Survey questions with numeric answers by at least `share` of the people: the most answered first."""
    answers = facts.filter((facts.kind == "answer") & facts.number.notnull() & facts.name.notnull())
    counted = answers.group_by("name").aggregate(n=answers.person.nunique())
    rows = read(counted.order_by(counted.n.desc(), counted.name).limit(limit)).to_pylist()
    people = read(facts.aggregate(n=facts.person.nunique())).column("n")[0].as_py()
    return [row["name"] for row in rows if row["n"] >= share * max(1, people)]


def aggregate(
    facts: Any, attributes: Sequence[Attribute], window: Window, selection: Selection = EVERYBODY
) -> Any:
    """One row a person: `person`, `allowed`, `contacts` (distinct records), `facts`, traits as `trait_<name>`, and
    the attributes by key, of those whom `selection` takes in."""
    on_facts = {a.key: a.expression(facts, window) for a in attributes if a.table == "facts"}
    result = facts.group_by("person").aggregate(
        allowed=facts.allowed.all(),
        contacts=facts.record_id.nunique(where=facts.kind != "trait"),
        facts=facts.count(),
        **{f"trait_{name}": _trait(facts, name) for name in TRAITS},
        **{f"met_{i}": _met(facts, c).sum() for i, c in enumerate(selection.conditions) if c.is_meeting},
        **on_facts,
    )
    on_facets = {a.key: a for a in attributes if a.table == "facets"}
    if on_facets:
        table = facets(facts)
        labels = table.group_by("person").aggregate(
            **{key: a.expression(table, window) for key, a in on_facets.items()}
        )
        result = result.left_join(labels, "person").drop("person_right")
    tests = [_test(result, i, c, window) for i, c in enumerate(selection.conditions)]
    result = result.filter(*tests) if tests else result
    return result.drop(*(f"met_{i}" for i, c in enumerate(selection.conditions) if c.is_meeting))


def facets(facts: Any) -> Any:
    """(person, facet, label, weight, share, rank): what each person's categories, payments, aspects, channels are."""
    parts = [
        _facet(facts, "category", "item", "category", "amount"),
        _facet(facts, "payment", "transaction", "category", None),
        _facet(facts, "aspect", "aspect", "name", None),
        _facet(facts, "channel", None, "channel", None),
    ]
    labels = reduce(lambda left, right: left.union(right), parts)
    per_label = labels.group_by("person", "facet", "label").aggregate(weight=labels.weight.sum())
    whole = per_label.weight.sum().over(group_by=["person", "facet"])
    order = [per_label.weight.desc(), per_label.label]
    return per_label.mutate(
        share=per_label.weight / whole.nullif(0),
        rank=_row_number().over(group_by=["person", "facet"], order_by=order),
    )


NOTHING_COUNTED: dict[str, Any] = {
    "customers": 0,
    "with_consent": 0,
    "facts": 0,
    "interactions_median": None,
    "kinds": set(),
}


def count_people(people: Any, facts: Any) -> dict[str, Any]:
    """Of `aggregate`'s people: customers, those with consent, their facts and median of records; and the kinds of
    facts there are."""
    counted = people.aggregate(
        customers=people.count(),
        with_consent=people.allowed.sum().coalesce(0),
        facts=people.facts.sum(where=people.allowed).coalesce(0),
        interactions_median=people.contacts.median(where=people.allowed),
    )
    row: dict[str, Any] = read(counted).to_pylist()[0]
    kinds = read(facts.filter(facts.allowed).select("kind").distinct())
    return {**row, "kinds": set(kinds.column("kind").to_pylist())}


def queries_of(attributes: Sequence[Attribute], window: Window) -> dict[str, str]:
    """The SQL of each attribute over one person's `facts` (or `facets`): the evidence that a reader can run."""
    import ibis

    from services.persona.lake.schema import arrow_schema

    facts = ibis.table(ibis.Schema.from_pyarrow(arrow_schema()), name="facts")
    found: dict[str, str] = {}
    for table in (facts, ibis.table(_FACETS, name="facets")):
        asked = {a.key: a.expression(table, window) for a in attributes if a.table == table.get_name()}
        found |= _columns_of(table.aggregate(**asked))
    return found


def _columns_of(aggregated: Any) -> dict[str, str]:
    """The SQL of each column, out of one compilation: compiling them singly takes half a second."""
    import ibis
    from sqlglot import parse_one

    select = parse_one(str(ibis.to_sql(aggregated, dialect="duckdb")), read="duckdb")
    source = select.args["from_"].sql("duckdb")
    return {column.alias: f"SELECT {column.this.sql('duckdb')} {source}" for column in select.expressions}


def read(expression: Any) -> "pa.Table":
    """The rows of an Ibis table on DuckDB, in the types that Ibis says. `to_pyarrow` does the same, by way of pandas,
    whose import takes a second."""
    backend = expression.get_backend()
    rows = backend.con.sql(str(backend.compile(expression))).to_arrow_table()
    return rows.cast(expression.schema().to_pyarrow())


def texts(facts: Any, *, limit: int = 100_000) -> list[dict[str, str]]:
    """The newest free text of each person, as {person, text, source}: redacted before it came here."""
    said = facts.filter(facts.kind.isin(("feedback", "interview", "mention")) & facts.text.notnull())
    newest = said.group_by("person").aggregate(
        text=said.text.argmax(said.occurred_s), source=said.source.argmax(said.occurred_s)
    )
    rows: list[dict[str, str]] = read(newest.order_by("person").limit(limit)).to_pylist()
    return rows


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": lambda column, value: column == value,
    "ne": lambda column, value: (column != value) | column.isnull(),
    "in": lambda column, value: column.isin(list(value)),
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
}


def _lake(backend: Any, lake: LakeFiles) -> Any:
    if lake.files:
        backend.raw_sql("SET enable_progress_bar=false")
        return backend.read_parquet(list(lake.files), hive_partitioning=False)
    from deltalake import DeltaTable

    return backend.create_table("facts", DeltaTable(lake.url).to_pyarrow_table(), temp=True)


def _facet(facts: Any, facet: str, kind: str | None, label: str, weight: str | None) -> Any:
    import ibis

    rows = facts.filter(facts[label].notnull() & ((facts.kind == kind) if kind else (facts.kind != "trait")))
    return rows.select(
        person=rows.person,
        facet=ibis.literal(facet),
        label=rows[label],
        weight=rows[weight].coalesce(1).cast("int64") if weight else ibis.literal(1).cast("int64"),
    )


def _row_number() -> Any:
    import ibis

    return ibis.row_number()


def _trait(facts: Any, name: str) -> Any:
    value = facts.number if name == "birth_year" else facts.text
    return value.argmax(facts.occurred_s, where=(facts.kind == "trait") & (facts.name == name))


def _met(facts: Any, condition: Condition) -> Any:
    values = condition.value if isinstance(condition.value, list | tuple) else [condition.value]
    column = facts[condition.field]
    return column.notnull() if condition.op == "exists" else column.isin(values)


def _test(result: Any, index: int, condition: Condition, window: Window) -> Any:
    if condition.is_meeting:
        met = result[f"met_{index}"] > 0
        return (
            ~met if condition.op == "ne" or (condition.op == "exists" and condition.value is False) else met
        )
    column = _column(result, condition.field, window)
    if condition.op == "exists":
        return column.isnull() if condition.value is False else column.notnull()
    return _COMPARISONS[condition.op](column, condition.value)


def _column(result: Any, field: str, window: Window) -> Any:
    if field == "age":
        return 1970 + window.end_s // 31_556_952 - result.trait_birth_year  # mean Gregorian year in seconds
    return result[f"trait_{field}"] if field in ("gender", "province") else result[field]
