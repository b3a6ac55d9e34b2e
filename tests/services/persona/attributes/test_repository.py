"""Attributes computed from facts, on the engine that computes them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kernel.contracts.mentions import MentionAnalyzed
from kernel.ids import new_id
from services.persona.attributes import repository as engine
from services.persona.attributes.domain import (
    CATALOGUE,
    Condition,
    Selection,
    Window,
    attributes_with,
)
from services.persona.lake.domain import COLUMNS
from tests.services.persona.archetypes import record
from tests.services.persona.lakes import facts

END = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW = Window(int((END - timedelta(days=365)).timestamp()), int(END.timestamp()))
ANH, ANH_BEFORE, BINH, CHI = (new_id() for _ in range(4))
PEOPLE = {ANH: (ANH, True), ANH_BEFORE: (ANH, True), BINH: (BINH, True), CHI: (CHI, False)}


def order(person: str, days_ago: float, total: int, **more: Any) -> Any:
    """An order `days_ago` at 20:00 in Vietnam."""
    at = (END - timedelta(days=days_ago)).replace(hour=13)
    payload = {
        "order_id": new_id(),
        "total": total,
        "currency": "VND",
        "discount": 0,
        "payment_method": "cash",
        **more,
    }
    return record(person, "transaction", payload, at=at, channel="transaction")


def item(sku: str, category: str, price: int) -> dict[str, Any]:
    """An item of an order."""
    return {"sku": sku, "category": category, "quantity": 1, "unit_price": price}


def mention(version: int, sentiment: str) -> MentionAnalyzed:
    """Bình's one text, in a version."""
    at = END - timedelta(days=1)
    return MentionAnalyzed(
        id=new_id(), version=1, subject=BINH, occurred_at=at, recorded_at=at, mention_id="m", mention_version=version,
        platform="survey", author=None, text="...", lang="vi", sentiment=sentiment, score=1.0, abstained=False,
        emotion="joy",
    )  # fmt: skip


EVENTS = [
    record(ANH, "profile", traits={"gender": "female", "birth_year": 1990, "province": "Huế"}),
    order(
        ANH_BEFORE, 40, 100_000, items=[item("a", "sách", 60_000), item("b", "bút", 40_000)], discount=25_000
    ),
    order(ANH, 20, 300_000, items=[item("a", "sách", 300_000)], payment_method="card", returned=True),
    order(ANH, 10, 200_000, items=[item("c", "sách", 200_000)], payment_method="card"),
    order(ANH, 9, 5_000, currency="USD"),
    order(ANH, 400, 9_000_000),
    record(ANH, "survey", {"answers": {"nps": 8, "price": 2}}, at=END - timedelta(days=5)),
    record(BINH, "interaction", {"name": "view"}, at=END - timedelta(days=2)),
    mention(1, "negative"),
    mention(2, "positive"),
    order(CHI, 5, 700_000),
]


def computed(
    folder: Path, selection: Selection = engine.EVERYBODY, *, consenting: bool = True
) -> dict[str, Any]:
    """Rows by person."""
    table = facts(folder, EVENTS, PEOPLE, WINDOW, consenting=consenting)
    attributes = attributes_with(["price"])
    rows = engine.read(engine.aggregate(table, attributes, WINDOW, selection)).to_pylist()
    return {row["person"]: row for row in rows}


def test_attributes_are_what_they_say(tmp_path: Path) -> None:
    anh = computed(tmp_path)[ANH]
    expected = {
        "orders": 4,
        "spend": 600_000,
        "category_focus": pytest.approx(560_000 / 600_000),
        "top_category": "sách",
        "payment_habit": "card",
        "discount_share": 0.25,
        "discount_depth": pytest.approx(25_000 / 625_000),
        "novelty": 0.75,
        "return_rate": 0.25,
        "evening_share": 1.0,
        "channels": 2,
        "recommendation": 8.0,
        "answer:price": 2.0,
        "order_gap_days": pytest.approx(31 / 3),
        "trait_gender": "female",
        "trait_province": "Huế",
        "contacts": 5,
    }
    assert {key: anh[key] for key in expected} == expected
    assert anh["sentiment"] is None


def test_a_merged_origin_counts_for_the_person_and_who_does_not_consent_for_nobody(tmp_path: Path) -> None:
    assert set(computed(tmp_path)) == {ANH, BINH}
    everybody = computed(tmp_path, consenting=False)
    assert {person: row["allowed"] for person, row in everybody.items()} == {
        ANH: True,
        BINH: True,
        CHI: False,
    }


def test_only_the_newest_analysis_of_a_text_counts(tmp_path: Path) -> None:
    binh = computed(tmp_path)[BINH]
    assert (binh["mentions"], binh["sentiment"], binh["dissatisfaction"]) == (1, 1.0, 0.0)


@pytest.mark.parametrize(
    ("condition", "people"),
    [
        (Condition("orders", "gte", 2), {ANH}),
        (Condition("orders", "eq", 0), {BINH}),
        (Condition("province", "in", ["Huế"]), {ANH}),
        (Condition("province", "ne", "Huế"), {BINH}),
        (Condition("age", "gt", 30), {ANH}),
        (Condition("gender", "exists", False), {BINH}),
        (Condition("channel", "eq", "transaction"), {ANH}),
        (Condition("channel", "ne", "transaction"), {BINH}),
        (Condition("source", "in", ["default"]), {ANH, BINH}),
        (Condition("answer:price", "lt", 3), {ANH}),
        (Condition("sentiment", "exists"), {BINH}),
    ],
)
def test_an_audience_takes_in_whom_its_conditions_fit(
    tmp_path: Path, condition: Condition, people: set[str]
) -> None:
    assert set(computed(tmp_path, Selection((condition,)))) == people


def test_money_is_of_the_currency_of_most_orders_and_questions_of_those_who_were_asked(
    tmp_path: Path,
) -> None:
    table = facts(tmp_path, EVENTS, PEOPLE, WINDOW)
    assert engine.main_currency(table) == "VND"
    assert engine.asked_questions(table) == ["nps", "price"]
    assert engine.asked_questions(table, share=0.6) == []


def test_the_query_of_an_attribute_runs_and_says_the_same(tmp_path: Path) -> None:
    anh = computed(tmp_path)[ANH]
    attributes = [each for each in CATALOGUE.values() if each.table == "facts"]
    queries = engine.queries_of(list(CATALOGUE.values()), WINDOW)
    assert set(queries) == set(CATALOGUE)
    mine = [f for f in _rows(tmp_path) if f["subject"] in (ANH, ANH_BEFORE)]
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE facts AS SELECT * FROM read_parquet(?)", [str(tmp_path / "facts.parquet")]
    )
    connection.execute(
        "DELETE FROM facts WHERE subject NOT IN (?, ?) OR (kind <> 'trait' AND occurred_s NOT BETWEEN ? AND ?)",
        [ANH, ANH_BEFORE, WINDOW.start_s, WINDOW.end_s - 1],
    )
    assert mine
    for each in attributes:
        (value,) = connection.execute(queries[each.key]).fetchone() or (None,)
        assert value == pytest.approx(anh[each.key]), each.key


def _rows(folder: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = pq.read_table(folder / "facts.parquet").to_pylist()
    assert set(rows[0]) == set(COLUMNS)
    return rows
