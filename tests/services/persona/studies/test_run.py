"""A whole run, from facts to portraits, as the child process does it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace
from sklearn.metrics import adjusted_rand_score

from services.persona.lake.service import People
from services.persona.studies.job import Condition, Job, Result, put, read_job
from services.persona.studies.measuring import measure
from services.persona.studies.run import run
from services.persona.studies.service.folder import resumed, write_people
from tests.services.persona.archetypes import END, KINDS, Customers, customers
from tests.services.persona.lakes import write_lake

COUNT = 200


@pytest.fixture(scope="module")
def planted() -> Customers:
    """Invented customers of four kinds."""
    return customers(COUNT)


def prepared(folder: Path, planted: Customers, **more: Any) -> Path:
    """A job over the planted customers; one in ten has not consented."""
    folder.mkdir(exist_ok=True)
    people = list(planted.kind_of)
    write_people(folder, People(people, people, [number % 10 != 9 for number in range(len(people))]))
    fields: dict[str, Any] = {
        "run_id": "run", "study_id": "study", "objective": "Chăm sóc đúng nhóm.", "metric": "repeat_purchase",
        "horizon_days": 90, "conditions": (), "max_personas": 12, "threshold": 10, "fewest_people": 30,
        "floor_share": 0.02, "lake_url": "", "lake_version": 1, "facts_until": int(END.timestamp()),
        "computed_at": int(END.timestamp()),
        "window": (int((END - timedelta(days=365)).timestamp()), int((END + timedelta(days=1)).timestamp())),
        "lake_files": (str(write_lake(folder, planted.events)),), **more,
    }  # fmt: skip
    put(folder, "job", Job(**fields))
    return folder


@pytest.fixture(scope="module")
def folder(planted: Customers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run."""
    folder = prepared(tmp_path_factory.mktemp("run"), planted)
    run(folder)
    return folder


@pytest.fixture(scope="module")
def result(folder: Path) -> Result:
    """What the run found."""
    return msgspec.json.decode((folder / "result.json").read_bytes(), type=Result)


def assignments(folder: Path) -> list[dict[str, Any]]:
    """The run's assignments."""
    rows: list[dict[str, Any]] = pq.read_table(folder / "assignments.parquet").to_pylist()
    return rows


def test_the_planted_kinds_are_the_personas(folder: Path, result: Result, planted: Customers) -> None:
    assert result.state == "done"
    assert len(result.personas) == len(KINDS)
    rows = assignments(folder)
    truth = [planted.kind_of[row["person"]] for row in rows]
    assert adjusted_rand_score(truth, [row["persona_id"] for row in rows]) >= 0.9


def test_only_who_consented_was_looked_at(folder: Path, planted: Customers) -> None:
    consenting = {person for number, person in enumerate(planted.kind_of) if number % 10 != 9}
    assert {row["person"] for row in assignments(folder)} == consenting


def test_every_assignment_says_why_and_what_would_change_it(folder: Path, result: Result) -> None:
    ids = {persona["id"] for persona in result.personas}
    for row in assignments(folder):
        why = msgspec.json.decode(row["why"])
        assert {"key", "label", "value", "typical"} == set(why[0])
        assert row["runner_up"] in ids - {row["persona_id"]}
        assert 0 <= row["margin"] <= 1


def test_a_card_has_five_components_and_every_number_its_evidence(result: Result) -> None:
    for card in result.personas:
        assert list(card["components"]) == ["awareness", "needs", "thinking", "connections", "risk"]
        for component, shown in card["components"].items():
            assert shown, component
            for entry in shown:
                assert {
                    "key",
                    "label",
                    "value",
                    "n",
                    "interval",
                    "lift",
                    "sources",
                    "window",
                    "query",
                } <= set(entry)
                assert entry["query"].startswith("SELECT")
                if entry.get("suppressed"):
                    assert entry["value"] is None
                    assert entry["n"] is None
                else:
                    assert entry["n"] >= 10
                assert ("guidance" in entry) == (component == "risk")
        assert set(card["narrative"]) == {"vi", "en"}
        assert str(card["n"]) in card["narrative"]["vi"]
        assert set(card["mistakes"]) == {
            "unfair_criteria", "too_little_interaction", "unprofessional_method", "no_objective",
        }  # fmt: skip
    assert sum(card["share"] for card in result.personas) == pytest.approx(1, abs=1e-4)
    assert len({card["name"] for card in result.personas}) == len(KINDS)


def test_quotes_are_the_words_of_people_in_the_persona(folder: Path, result: Result) -> None:
    persona_of = {row["person"]: row["persona_id"] for row in assignments(folder)}
    assert any(result.quotes.values())
    for persona_id, quotes in result.quotes.items():
        assert len(quotes) <= 3
        assert {persona_of[quote["person"]] for quote in quotes} <= {persona_id}


def test_personas_keep_id_and_name_when_the_study_runs_again(
    tmp_path: Path, folder: Path, result: Result, planted: Customers
) -> None:
    rows = assignments(folder)
    names = {persona["id"]: persona["name"] for persona in result.personas}
    again = prepared(tmp_path, planted, before=names)
    table = pq.read_table(folder / "assignments.parquet", columns=["person", "persona_id"])
    pq.write_table(table.rename_columns(["person", "persona"]), again / "before.parquet")
    second = run(again)
    assert {persona["id"]: persona["name"] for persona in second.personas} == names
    assert {row["person"]: row["persona_id"] for row in assignments(again)} == {
        row["person"]: row["persona_id"] for row in rows
    }


def test_an_audience_too_small_is_refused_with_its_reason(tmp_path: Path, planted: Customers) -> None:
    folder = prepared(tmp_path, planted, conditions=(Condition("spend", "gt", 10**12),))
    result = run(folder)
    assert result.state == "refused"
    assert result.reasons[0]["code"] == "too-few-customers"
    assert result.personas == []


def test_an_attempt_goes_on_after_what_was_measured_without_those_who_withdrew(
    tmp_path: Path, planted: Customers
) -> None:
    folder = prepared(tmp_path, planted)
    job = read_job(folder)
    first = measure(job, folder)
    (folder / "facts.parquet").unlink()  # measuring anew would fail
    people = list(planted.kind_of)
    gone = first.table.column("person").to_pylist()[:20]
    write_people(folder, People(people, people, [p not in gone for p in people]))
    again = measure(job, folder)
    assert set(again.table.column("person").to_pylist()) == set(
        first.table.column("person").to_pylist()
    ) - set(gone)
    assert not {said["person"] for said in again.texts} & set(gone)
    later = replace(job, window=(0, 9), computed_at=9, lake_files=("new",))
    went_on = resumed(folder, later)
    assert (went_on.window, went_on.computed_at, went_on.lake_files) == (
        job.window,
        job.computed_at,
        ("new",),
    )


def test_a_run_says_what_its_personas_foretell_beside_two_yardsticks(
    tmp_path: Path, planted: Customers
) -> None:
    result = run(prepared(tmp_path, planted, horizon_days=20))
    validation = result.quality["validation"]
    assert {"personas", "rfm_grid", "individual"} <= set(validation)
    low, high = validation["personas"]["interval"]
    assert low <= validation["personas"]["auc"] <= high
    assert result.quality["surrogate"]["fidelity"] > 0.8
    for card in result.personas:
        assert card["rule"]["steps"]
        assert card["family"]["persona_id"] in {persona["id"] for persona in result.personas}
