"""Who moved between versions, without giving anybody away."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.persona.cards.domain.mistakes import confidence_of
from services.persona.cards.domain.movement import NOBODY, flows_between, stability_index

PERSONAS = st.sampled_from(["a", "b", "c"])
VERSIONS = st.dictionaries(st.integers(0, 90).map(str), PERSONAS, max_size=90)


def test_flows_count_who_stayed_moved_came_and_went() -> None:
    before = {str(n): "a" if n < 40 else "b" for n in range(60)}
    after = {str(n): "a" if n < 20 else "b" for n in range(10, 80)}
    flows, moved = flows_between(before, after, 3)
    assert {(f["from"], f["to"]): f["n"] for f in flows} == {
        ("a", "a"): 10, ("a", "b"): 20, ("a", NOBODY): 10, ("b", "b"): 20, (NOBODY, "b"): 20,
    }  # fmt: skip
    assert moved == 0.4


@given(VERSIONS, VERSIONS)
def test_no_hidden_flow_can_be_worked_out_from_a_row_or_a_column(
    before: dict[str, str], after: dict[str, str]
) -> None:
    flows, _ = flows_between(before, after, 10)
    assert all(flow["n"] is None or flow["n"] >= 10 for flow in flows)
    for side in ("from", "to"):
        lines, hidden = Counter(f[side] for f in flows), Counter(f[side] for f in flows if f["n"] is None)
        for name, count in hidden.items():
            assert count != 1 or lines[name] == 1


def test_shares_that_stay_hide_that_everybody_moved() -> None:
    before, after = ["a"] * 50 + ["b"] * 50, ["b"] * 50 + ["a"] * 50
    assert stability_index(before, after) == 0
    people = [str(n) for n in range(100)]
    _, moved = flows_between(
        dict(zip(people, before, strict=True)), dict(zip(people, after, strict=True)), 10
    )
    assert moved == 1
    assert stability_index([], after) is None


def test_confidence_falls_with_doubt() -> None:
    green, red = {"status": "green"}, {"status": "red"}
    assert confidence_of(0.9, 500, {"a": green}).level == "high"
    assert confidence_of(0.8, 500, {"a": green}).level == "medium"
    assert confidence_of(0.9, 40, {"a": green}).level == "medium"
    assert confidence_of(0.9, 500, {"a": red, "b": green}).level == "medium"
    assert confidence_of(0.9, 500, {"a": red, "b": red}).level == "low"
    assert confidence_of(0.7, 500, {"a": green}).level == "low"
    assert confidence_of(None, 500, {"a": green}).level == "low"
