"""The catalogue and the conditions that may be asked with it."""

import pytest

from services.persona.attributes.domain import (
    CATALOGUE,
    COMPONENTS,
    Condition,
    as_told,
    attribute,
    faults_in,
    is_protected,
)


def test_every_component_has_attributes_and_every_key_is_said_once() -> None:
    assert {each.component for each in CATALOGUE.values()} == set(COMPONENTS)
    assert all(key == each.key for key, each in CATALOGUE.items())
    assert len(CATALOGUE) >= 25


def test_every_risk_comes_with_guidance_in_both_languages() -> None:
    for each in CATALOGUE.values():
        if each.component == "risk":
            assert each.guidance
            assert all(each.guidance)


def test_no_attribute_of_the_catalogue_is_about_a_protected_trait() -> None:
    assert not [each.key for each in CATALOGUE.values() if each.protected or is_protected(each.key)]


@pytest.mark.parametrize(
    "name", ["age", "Tuổi tác age", "gioi_tinh", "your.gender", "ton giao", "marital-status"]
)
def test_questions_that_ask_for_a_protected_trait_are_known_by_their_words(name: str) -> None:
    assert is_protected(name)
    found = attribute(f"answer:{name}")
    assert found
    assert found.protected


@pytest.mark.parametrize("name", ["average", "language", "packaging", "nps", "sextant", "usage"])
def test_words_that_only_contain_such_a_word_are_not(name: str) -> None:
    assert not is_protected(name)


@pytest.mark.parametrize(
    ("condition", "pointer"),
    [
        (Condition("shoe_size", "eq", 40), "/audience/all/0/field"),
        (Condition("answer:age", "gt", 40), "/audience/all/0/field"),
        (Condition("orders", "like", 1), "/audience/all/0/op"),  # type: ignore[arg-type]
        (Condition("province", "gt", "Huế"), "/audience/all/0/op"),
        (Condition("top_category", "lt", "a"), "/audience/all/0/op"),
        (Condition("orders", "gte", "many"), "/audience/all/0/value"),
        (Condition("orders", "eq", True), "/audience/all/0/value"),
        (Condition("channel", "in", "web"), "/audience/all/0/value"),
        (Condition("channel", "in", []), "/audience/all/0/value"),
        (Condition("gender", "eq", 1), "/audience/all/0/value"),
        (Condition("orders", "exists", 3), "/audience/all/0/value"),
    ],
)
def test_conditions_that_cannot_or_must_not_be_asked_are_pointed_at(
    condition: Condition, pointer: str
) -> None:
    assert [fault.pointer for fault in faults_in([condition])] == [pointer]


def test_conditions_that_can_be_asked_are_not_faulted() -> None:
    good = [
        Condition("orders", "gte", 2),
        Condition("province", "in", ["Huế", "Hà Nội"]),
        Condition("age", "lt", 30),
        Condition("source", "ne", "pos"),
        Condition("answer:nps", "gte", 9),
        Condition("rating", "exists"),
    ]
    assert faults_in(good) == []


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("province", "tp hcm", "TP. Hồ Chí Minh"),
        ("province", ["hue", "Ha Noi"], ["Huế", "Hà Nội"]),
        ("province", True, True),
        ("gender", "hue", "hue"),
    ],
)
def test_a_province_may_be_called_by_any_of_its_names(field: str, value: object, told: object) -> None:
    assert as_told(field, value) == told
