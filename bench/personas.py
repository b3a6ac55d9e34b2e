"""`make bench-persona`: how stable and how telling personas are on three public sets of customers, and whether planted
kinds are found again. The sets are read where CHANDUNG_DATA says and skipped where they are not at hand.

Each is judged as a study would be: groups by the program's own choice, what they foretell on people held out, beside a
grid of recency, frequency and money, and a model of individuals.
"""

import csv
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.archetypes import planted
from kernel.contracts.records import RecordAccepted
from kernel.ids import new_id
from services.persona.attributes.domain import Attribute, Words
from services.persona.lake.domain import facts_of
from services.persona.lake.schema import arrow_table
from services.persona.lake.service import People
from services.persona.studies.domain.assignment import assign
from services.persona.studies.domain.grouping import Groups, find_groups
from services.persona.studies.domain.surrogate import surrogate_of
from services.persona.studies.domain.validation import (
    Score,
    auc_of,
    cell_scores,
    individual_scores,
    rfm_grid,
)
from services.persona.studies.job import Job
from services.persona.studies.measuring import measure
from services.persona.studies.service.folder import write_people

console = Console(width=150)
ROOT = Path(__file__).parents[1]
FLOOR_SHARE = 0.02
CUT = datetime(2011, 6, 1, tzinfo=UTC)
"""Online Retail: people as they were by then, judged by who buys in the three months after."""


class Customers(NamedTuple):
    """Attribute values by key, what each is, and whether each customer did what is asked for."""

    columns: dict[str, Any]
    attributes: list[Attribute]
    outcome: Any


@dataclass(frozen=True)
class Goal:
    """What must be reached on a set."""

    name: str
    groups: int
    auc: float
    read: Callable[[Path], Customers]


def main() -> int:
    """Exit codes: 0 every goal is reached (or its data absent), 1 not."""
    data = Path(os.environ.get("CHANDUNG_DATA", ROOT.parent / "shared" / "data")) / "customers"
    table = Table(
        "set", "people", "k", "stability", "AUC", "95 %", "RFM grid", "individual", "rules", "s", "reached"
    )
    good = [_judged(goal, data, table) for goal in GOALS if (data / goal.name).exists()]
    console.print(table)
    for goal in GOALS:
        if not (data / goal.name).exists():
            console.print(f"Skipped: {goal.name} is not in {data}.")
    ari, found, kinds = _planted()
    console.print(f"planted kinds: {kinds}, found {found}, adjusted Rand index {ari:.3f} (goal 0.9)")
    return 0 if all(good) and ari >= 0.9 else 1


def _judged(goal: Goal, data: Path, table: Table) -> bool:
    """Run one set: half of the people help to choose between equally stable groupings, all are then cross-validated
    with the groups as they are."""
    customers = goal.read(data / goal.name)
    started = time.perf_counter()
    groups = _groups(customers)
    seconds = time.perf_counter() - started
    points, outcome = _points(groups), customers.outcome
    cells = assign(points, groups.model.centres).cluster if groups.model else groups.group
    personas = auc_of(cell_scores(cells, outcome), outcome)
    individual = auc_of(individual_scores(points, outcome), outcome)
    grid = _grid(customers)
    weakest = float(groups.quality["stability_min"] or 0)
    rules = surrogate_of(customers.columns, groups.features, groups.group)
    reached = groups.k >= goal.groups and weakest >= 0.75 and round(personas.auc, 3) >= goal.auc
    table.add_row(
        goal.name,
        str(len(outcome)),
        f"{groups.k} (>= {goal.groups})",
        f"{weakest:.2f}",
        f"{personas.auc:.3f} (>= {goal.auc})",
        f"{personas.low:.2f}-{personas.high:.2f}",
        f"{grid.auc:.3f}" if grid else "-",
        f"{individual.auc:.3f}",
        f"{rules.fidelity:.2f} at depth {rules.depth}",
        f"{seconds:.1f}",
        "yes" if reached else "NO",
    )
    return reached


def _groups(customers: Customers) -> Groups:
    n = len(customers.outcome)
    columns = {**customers.columns, "person": customers.columns.get("person", np.arange(n).astype(str))}
    return find_groups(
        columns,
        customers.attributes,
        largest=12,
        fewest_people=30,
        floor=max(10, round(FLOOR_SHARE * n)),
        threshold=10,
    )


def _points(groups: Groups) -> Any:
    if groups.model is None:
        raise SystemExit(f"no clusters: {groups.quality}")
    return groups.model.points


def _grid(customers: Customers) -> Score | None:
    if not {"recency_days", "orders", "spend"} <= customers.columns.keys():
        return None
    return auc_of(cell_scores(rfm_grid(customers.columns), customers.outcome), customers.outcome)


def _planted() -> tuple[float, int, int]:
    """How well planted kinds (behaviour, survey and text mixed) are found again, through the lake and all."""
    from sklearn.metrics import adjusted_rand_score

    with tempfile.TemporaryDirectory() as name:
        people = planted(1_200)
        columns, attributes = _measured(Path(name), people.events, people.start, people.end)
        groups = _groups(Customers(columns, attributes, np.zeros(len(columns["person"]))))
        truth = [people.kind_of[person] for person in columns["person"]]
        return float(adjusted_rand_score(truth, groups.group)), groups.k, len(set(truth))


def _measured(
    folder: Path, events: list[RecordAccepted] | list[Any], start: datetime, end: datetime
) -> tuple[dict[str, Any], list[Attribute]]:
    import pyarrow.parquet as pq

    pq.write_table(arrow_table(facts_of(events)), folder / "facts.parquet")
    people = sorted({event.subject for event in events if event.subject})
    write_people(folder, People(people, people, [True] * len(people)))
    window = (int(start.timestamp()), int(end.timestamp()))
    job = Job(
        run_id="bench",
        study_id="bench",
        objective="",
        metric="repeat_purchase",
        horizon_days=90,
        conditions=(),
        window=window,
        max_personas=12,
        threshold=10,
        fewest_people=30,
        floor_share=FLOOR_SHARE,
        lake_url="",
        lake_files=(str(folder / "facts.parquet"),),
        lake_version=1,
        facts_until=window[1],
        computed_at=window[1],
    )
    measured = measure(job, folder)
    return measured.columns(), measured.attributes


def read_retail(folder: Path) -> Customers:
    """Orders up to CUT through the lake; the outcome is an order after it, returns not counted."""
    events = list(_orders(folder / "transactions.parquet"))
    bought = {e.subject for e in events if e.occurred_at >= CUT and not e.payload["returned"]}
    with tempfile.TemporaryDirectory() as name:
        before = [event for event in events if event.occurred_at < CUT]
        start = datetime(2010, 12, 1, tzinfo=UTC)
        columns, attributes = _measured(Path(name), before, start, CUT)
    outcome = np.array([float(person in bought) for person in columns["person"]])
    return Customers(columns, attributes, outcome)


def _orders(path: Path) -> Iterator[RecordAccepted]:
    import pyarrow.parquet as pq

    orders: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in pq.read_table(path).to_pylist():
        if line["customer_id"] is not None:
            orders.setdefault((f"c{line['customer_id']}", line["invoice_no"]), []).append(line)
    for (customer, invoice), lines in orders.items():
        at = lines[0]["invoice_ts"]
        items = [
            {
                "sku": line["stock_code"],
                "quantity": abs(line["quantity"]),
                "unit_price": round(abs(line["unit_price"]) * 100),
            }
            for line in lines
        ]
        total = sum(item["quantity"] * item["unit_price"] for item in items)
        yield RecordAccepted(
            id=new_id(),
            version=1,
            subject=customer,
            occurred_at=at if at.tzinfo else at.replace(tzinfo=UTC),
            recorded_at=at if at.tzinfo else at.replace(tzinfo=UTC),
            record_id=new_id(),
            source="default",
            channel="transaction",
            kind="transaction",
            payload={
                "order_id": invoice,
                "items": items,
                "total": total,
                "currency": "GBP",
                "returned": invoice.startswith("C"),
            },
        )


def read_ifood(folder: Path) -> Customers:
    """Customers of a food retailer; the outcome is the answer to the last campaign. Birth year, marital status and
    children are protected or proxies: never features."""
    rows = _rows(folder / "customers.csv")
    logs = [name for name in rows[0] if name.startswith(("Mnt", "Num"))] + ["Income"]
    plain = [name for name in rows[0] if name.startswith("AcceptedCmp")] + ["Recency"]
    joined = [date.fromisoformat(row["Dt_Customer"]).toordinal() for row in rows]
    columns = {name: _numbers(rows, name) for name in (*logs, *plain)}
    columns["Tenure"] = max(joined) - np.array(joined, float)
    attributes = [_attribute(name, log=name in logs) for name in columns]
    return Customers(columns, attributes, _numbers(rows, "Response"))


def read_telco(folder: Path) -> Customers:
    """Customers of a telephone company; the outcome is that they left. Gender, age, partner and dependents are
    protected or proxies: never features."""
    rows = _rows(folder / "customers.csv")
    numbers, left_out = ("tenure", "MonthlyCharges", "TotalCharges"), (
        "customerID", "gender", "SeniorCitizen", "Partner", "Dependents", "Churn",
    )  # fmt: skip
    columns = {name: _numbers(rows, name) for name in numbers}
    attributes = [_attribute(name, log=name != "tenure") for name in numbers]
    for name in rows[0]:
        if name not in (*numbers, *left_out):
            columns[name] = np.array([row[name] for row in rows], dtype=object)
            attributes.append(_attribute(name, category=True))
    return Customers(columns, attributes, np.array([float(row["Churn"] == "Yes") for row in rows]))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _numbers(rows: list[dict[str, str]], name: str) -> Any:
    return np.array([float(row[name]) if row[name].strip() else np.nan for row in rows])


def _attribute(name: str, *, log: bool = False, category: bool = False) -> Attribute:
    """An attribute of a table of customers: like those of the catalogue, but already measured."""
    words = Words(name, name)
    return Attribute(
        name, "awareness", words, "", (), lambda table, window: None, words,
        type="category" if category else "number", log=log, absent="unknown",
    )  # fmt: skip


GOALS = (
    Goal("online_retail", 7, 0.70, read_retail),
    Goal("ifood_marketing", 6, 0.66, read_ifood),
    Goal("telco_churn", 6, 0.77, read_telco),
)
"""PERSONA.md's figures less 0.01 where they were of an AUC."""

if __name__ == "__main__":
    sys.exit(main())
