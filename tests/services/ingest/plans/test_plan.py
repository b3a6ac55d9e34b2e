"""What a list of fields comes to, and which schemas are refused before they can cost anything."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.plans.domain.checking import MAX_TOLD, Checker, plan_errors
from services.ingest.plans.domain.hostile import MAX_NODES, objections
from services.ingest.plans.domain.plan import Plan, Rule, Rules, is_path


def broken(rules: Rules, record: Any, mode: str = "enforce") -> list[tuple[str, str]]:
    """(code, pointer) of what breaks `rules` in `record`."""
    assert plan_errors(rules) == []
    found = Checker(Plan("pos", "transaction", 3, mode, rules, 0)).violations(msgspec.json.encode(record))
    return [(one.code, one.pointer) for one in found]


def test_a_required_field_makes_its_way_required_and_null_is_not_enough() -> None:
    rules = Rules({"payload.order_id": Rule(required=True)})
    assert broken(rules, {"payload": {"order_id": "A1"}}) == []
    assert broken(rules, {}) == [("plan-violated", "/payload")]
    assert broken(rules, {"payload": {}}) == [("plan-violated", "/payload/order_id")]
    assert broken(rules, {"payload": {"order_id": None}}) == [("plan-violated", "/payload/order_id")]


def test_a_field_that_is_not_required_may_be_absent_or_null() -> None:
    rules = Rules({"payload.currency": Rule(enum=("VND",)), "payload.total": Rule(type="integer", minimum=0)})
    for payload in ({}, {"currency": None, "total": None}, {"currency": "VND", "total": 5}):
        assert broken(rules, {"payload": payload}) == []
    assert broken(rules, {"payload": {"currency": "USD", "total": -1}}) == [
        ("plan-violated", "/payload/currency"),
        ("plan-violated", "/payload/total"),
    ]


def test_each_element_of_a_list_is_asked() -> None:
    rules = Rules({"payload.items[].sku": Rule(required=True, pattern="^SP-")})
    items = [{"sku": "SP-1"}, {}, {"sku": "X"}]
    assert broken(rules, {"payload": {"items": items}}) == [
        ("plan-violated", "/payload/items/1/sku"),
        ("plan-violated", "/payload/items/2/sku"),
    ]


def test_unknown_fields_are_told_by_name_but_never_a_number_in_a_name() -> None:
    rules = Rules({"payload.total": Rule(), "subject.identifiers.phone": Rule()}, unknown_fields="refuse")
    record = {
        "payload": {"total": 1, "colour": "red", "0912345678": True},
        "subject": {"identifiers": {"phone": "x", "email": "y"}, "attributes": {"full_name": "free"}},
    }
    found = broken(rules, record, mode="report")
    assert {code for code, _ in found} == {"plan-noted"}
    assert sorted(pointer for _, pointer in found) == [
        "/payload/[phone]",
        "/payload/colour",
        "/subject/identifiers/email",
    ]


def test_a_whole_schema_judges_its_part() -> None:
    schema = {
        "$defs": {"colour": {"enum": ["red", "blue"]}},
        "properties": {"colour": {"$ref": "#/$defs/colour"}},
        "if": {"properties": {"colour": {"const": "red"}}, "required": ["colour"]},
        "then": {"required": ["shade"]},
    }
    rules = Rules(schemas={"payload": schema, "attributes": {"required": ["full_name"]}})
    assert broken(rules, {"payload": {"colour": "blue"}}) == []
    assert broken(rules, {"payload": {"colour": "red"}}) == [("plan-violated", "/payload/shade")]
    who = {"attributes": {"gender": "female"}}
    assert broken(rules, {"subject": who}) == [("plan-violated", "/subject/attributes/full_name")]


def test_violations_are_counted_up_to_a_limit_and_hold_no_value() -> None:
    rules = Rules({"payload.items[].sku": Rule(type="integer")})
    record = msgspec.json.encode({"payload": {"items": [{"sku": "0987654321"}] * 100}})
    found = Checker(Plan("pos", "transaction", 1, "enforce", rules, 0)).violations(record)
    assert len(found) == MAX_TOLD
    assert "0987654321" not in str(found)
    assert all("version 1" in one.detail for one in found)


def test_what_nests_too_deeply_to_be_judged_breaks_the_plan() -> None:
    deep: Any = {}
    for _ in range(400):
        deep = {"a": deep}
    assert broken(Rules({"payload.a": Rule(type="string")}), {"payload": deep}) == [("plan-violated", "")]


def doubling(levels: int) -> dict[str, Any]:
    """Few bytes that double with every definition."""
    made = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**made, f"d{levels}": {"type": "object"}}, "$ref": "#/$defs/d0"}


def nested(levels: int) -> dict[str, Any]:
    """A schema of that many levels."""
    made: dict[str, Any] = {}
    for _ in range(levels):
        made = {"not": made}
    return made


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "#"},
        {"$ref": "#/properties/a"},
        {"$id": "https://example.com/", "$ref": "#/$defs/a", "$defs": {"a": {}}},
        {"$dynamicRef": "#a"},
        {"$schema": "http://json-schema.org/draft-07/schema#"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"},
        {"$defs": []},
        doubling(30),
        nested(60),
        {"enum": list(range(MAX_NODES + 1))},
    ],
)
def test_a_hostile_schema_is_refused_with_a_pointer(schema: dict[str, Any]) -> None:
    errors = plan_errors(Rules(schemas={"payload": schema}))
    assert errors
    assert all(error.pointer.startswith("/schemas/payload") for error in errors)


@pytest.mark.parametrize(
    "rules",
    [
        Rules(schemas={"payload": {"type": "text"}}),
        Rules(schemas={"payload": {"pattern": "(?=a)b"}}),
        Rules(schemas={"payload": {"pattern": "(a{1000}){1000}"}}),
        Rules(schemas={"payload": {"$ref": "#/$defs/nobody"}}),
        Rules({"payload.a": Rule(pattern="(")}),
        Rules({"payload.a": Rule(pattern="(a)\\1")}),
    ],
)
def test_what_is_no_schema_or_needs_backtracking_is_refused(rules: Rules) -> None:
    assert plan_errors(rules)


def test_a_pattern_that_would_backtrack_for_ever_answers_at_once() -> None:
    rules = Rules({"payload.a": Rule(pattern="^(a+)+$")})
    assert broken(rules, {"payload": {"a": "a" * 50_000 + "!"}}) == [("plan-violated", "/payload/a")]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=40,
    )
)
def test_objections_never_raise_whatever_is_called_a_schema(schema: Any) -> None:
    assert isinstance(objections(schema), list)


@pytest.mark.parametrize(
    ("path", "good"),
    [
        ("payload.total", True),
        ("payload.items[].sku", True),
        ("payload.answers.Họ tên", True),
        ("subject.identifiers.social.zalo", True),
        ("channel", True),
        ("payload", False),
        ("id", False),
        ("payload..a", False),
        ("payload.a[0]", False),
    ],
)
def test_a_path_names_a_field(path: str, good: bool) -> None:
    assert bool(is_path(path)) is good
