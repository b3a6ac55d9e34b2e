"""What an event says about a person."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.event import Event
from kernel.contracts.mentions import AspectPolarity, MentionAnalyzed
from kernel.ids import new_id
from services.persona.lake.domain import BUCKETS, COLUMNS, facts_of
from services.persona.lake.schema import arrow_table
from tests.services.persona.archetypes import record

ANH = new_id()
ORDER: dict[str, Any] = {
    "order_id": "o-1",
    "items": [
        {"sku": "ca-phe", "name": "Cà phê", "category": "đồ uống", "quantity": 2, "unit_price": 45_000},
        {"sku": "tra", "category": "đồ uống", "quantity": 1, "unit_price": 30_000},
    ],
    "total": 110_000,
    "currency": "VND",
    "discount": 10_000,
    "payment_method": "cash",
}


def said(*events: Event) -> list[SimpleNamespace]:
    """The facts in `events` as the lake keeps them."""
    return [SimpleNamespace(**row) for row in arrow_table(facts_of(events)).to_pylist()]


def told(fact: SimpleNamespace) -> dict[str, Any]:
    """The part of a fact that its kind says, without what is empty."""
    cells = {name: getattr(fact, name) for name in COLUMNS[10:]}
    return {name: value for name, value in cells.items() if value is not None}


def test_an_order_is_one_fact_and_one_for_each_item() -> None:
    order, coffee, tea = said(record(ANH, "transaction", ORDER))
    assert told(order) == {
        "kind": "transaction", "name": "o-1", "category": "cash", "number": 10_000.0, "amount": 110_000,
        "quantity": 3, "currency": "VND",
    }  # fmt: skip
    assert told(coffee) == {
        "kind": "item", "name": "ca-phe", "category": "đồ uống", "amount": 90_000, "quantity": 2, "currency": "VND",
    }  # fmt: skip
    assert tea.amount == 30_000


def test_a_returned_order_is_an_order_and_a_return() -> None:
    facts = said(record(ANH, "transaction", {**ORDER, "returned": True}))
    assert [fact.kind for fact in facts] == ["transaction", "item", "item", "return"]
    assert facts[-1].amount == 110_000


def test_money_given_back_is_no_order() -> None:
    (fact,) = said(record(ANH, "transaction", {"order_id": "o-2", "total": -50_000}))
    assert told(fact) == {"kind": "return", "name": "o-2", "amount": 50_000, "currency": "VND"}


def test_every_answer_is_a_fact_and_every_choice_of_a_multiple_one_too() -> None:
    answers = {
        "nps": 9,
        "reason": "giá rẻ",
        "channels": ["zalo", "web"],
        "age_text": "34",
        "empty": "",
        "none": None,
    }
    facts = said(record(ANH, "survey", {"form": "f", "answers": answers}))
    assert [(fact.name, fact.text, fact.number) for fact in facts] == [
        ("nps", None, 9.0),
        ("reason", "giá rẻ", None),
        ("channels", "zalo", None),
        ("channels", "web", None),
        ("age_text", "34", 34.0),
    ]


def test_traits_interactions_events_referrals_and_opinions_are_facts_of_their_kinds() -> None:
    profile = said(record(ANH, "profile", traits={"province": "Huế", "birth_year": 1990}))
    assert [(fact.kind, fact.name, fact.text, fact.number) for fact in profile] == [
        ("trait", "province", "Huế", None),
        ("trait", "birth_year", None, 1990.0),
    ]
    (visit,) = said(record(ANH, "interaction", {"name": "view", "properties": {"category": "sách"}}))
    assert told(visit) == {"kind": "interaction", "name": "view", "category": "sách", "quantity": 1}
    (party,) = said(record(ANH, "attendance", {"event_name": "khai trương"}))
    assert told(party) == {"kind": "attendance", "name": "khai trương", "quantity": 1}
    (friend,) = said(record(ANH, "referral", {"referred_identifiers": {"phone": "0912345678"}}))
    assert told(friend) == {"kind": "referral", "quantity": 1}
    (word,) = said(record(ANH, "feedback", {"text": "Ổn", "rating": 4}))
    assert told(word) == {"kind": "feedback", "text": "Ổn", "number": 4.0}


def test_what_is_about_nobody_is_no_fact() -> None:
    assert said(record(None, "market_note", {"text": "Đối thủ giảm giá"})) == []
    assert said(record(ANH, "profile")) == []


def mention(subject: str | None, *, abstained: bool = False) -> MentionAnalyzed:
    """An analysed text."""
    at = datetime(2026, 5, 1, tzinfo=UTC)
    return MentionAnalyzed(
        id=new_id(), version=1, subject=subject, occurred_at=at, recorded_at=at, mention_id="m", mention_version=2,
        platform="survey", author=None, text="Giao chậm", lang="vi", sentiment="negative", score=0.9,
        abstained=abstained, emotion="anger", aspects=(AspectPolarity("delivery", "negative"),), record_id="r",
    )  # fmt: skip


def test_a_mention_counts_only_where_it_has_a_subject_and_its_sentiment_only_where_it_was_judged() -> None:
    assert said(mention(None)) == []
    text, aspect = said(mention(ANH))
    assert (text.name, text.category, text.number, text.quantity) == ("anger", "negative", 0.9, 2)
    assert (aspect.kind, aspect.name, aspect.category) == ("aspect", "delivery", "negative")
    assert said(mention(ANH, abstained=True))[0].category is None


def test_the_hour_is_vietnams_and_the_month_that_of_receipt() -> None:
    at, received = datetime(2024, 12, 31, 20, 30, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    (fact,) = said(record(ANH, "interaction", {"name": "v"}, at=at, recorded_at=received))
    assert (fact.local_hour, fact.month) == (3, "2026-01")
    assert fact.occurred_s == int(at.timestamp())
    assert 0 <= fact.bucket < BUCKETS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        "items",
        "total",
        "discount",
        "answers",
        "properties",
        "name",
        "text",
        "rating",
        "order_id",
        "returned",
        "currency",
    ]
)


@given(
    st.sampled_from(
        ["transaction", "survey", "interaction", "feedback", "attendance", "referral", "profile", "?"]
    ),
    st.dictionaries(FIELDS, JSON, max_size=5),
    st.dictionaries(st.text(max_size=5), JSON, max_size=3),
)
def test_whatever_a_payload_holds_its_facts_fit_the_lake(
    kind: str, payload: dict[str, Any], traits: dict[str, Any]
) -> None:
    facts = facts_of([record(ANH, kind, payload, traits=traits)])
    assert arrow_table(facts).num_rows == len(facts)


def test_an_amount_that_no_column_can_hold_is_left_out() -> None:
    """Each number fits, their product does not: such a record must not hold up the lake."""
    item = {"sku": "s", "quantity": 2**40, "unit_price": 2**40}
    order, bought = said(record(ANH, "transaction", {"order_id": "o", "items": [item], "total": 1}))
    assert (bought.amount, bought.quantity) == (None, 2**40)
    assert order.amount == 1


def test_facts_keep_their_events_together_and_people_can_be_left_out() -> None:
    other = new_id()
    events = [record(who, "transaction", ORDER) for who in (ANH, other, ANH)]
    facts = facts_of([*events, record(None, "market_note")])
    assert facts.subjects() == {ANH, other}
    left = arrow_table(facts.without({other})).to_pylist()
    assert left == [row for row in arrow_table(facts).to_pylist() if row["subject"] == ANH]
    assert [row["event_id"] for row in left] == [
        event.id for event in (events[0], events[2]) for _ in range(3)
    ]
