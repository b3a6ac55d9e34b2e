"""What somebody who collects every published figure can work out: no count of a few people."""

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.persona.attributes.domain import CATALOGUE
from services.persona.cards.domain.components import People, estimate_of
from services.persona.cards.domain.fairness import distribution

THRESHOLD = 10
TABLES = st.lists(st.lists(st.integers(0, 40), min_size=4, max_size=4), min_size=2, max_size=4)


def published(table: list[list[int]]) -> tuple[list[str], dict[int, list[dict[str, Any]]]]:
    """The demographics of every persona, for a table of counts by persona and trait."""
    pairs = [(g, f"t{t}") for g, row in enumerate(table) for t, n in enumerate(row) for _ in range(n)]
    groups = np.array([group for group, _ in pairs], dtype=int)
    values: list[str | None] = [trait for _, trait in pairs]
    return [trait for _, trait in pairs], {
        group: distribution(values, groups, group, THRESHOLD)
        for group in range(len(table))
        if sum(table[group])
    }


@given(TABLES)
@settings(max_examples=200)
def test_sums_over_a_persona_and_over_all_personas_leave_no_small_cell_alone(table: list[list[int]]) -> None:
    _, shown = published(table)
    for side in ("row", "column"):
        hidden: dict[Any, list[int]] = {}
        lines: dict[Any, int] = {}
        for group, cells in shown.items():
            for cell in cells:
                key = group if side == "row" else cell["group"]
                lines[key] = lines.get(key, 0) + 1
                if cell["n"] is None:
                    hidden.setdefault(key, []).append(table[group][int(cell["group"][1:])])
                else:
                    assert cell["n"] >= THRESHOLD
        for key, counts in hidden.items():
            assert len(counts) > 1 or lines[key] == 1, "one unknown and a known sum: it can be worked out"


def test_the_attack_would_have_worked_on_rows_alone() -> None:
    """The share among everyone is share / lift; times everybody it is the trait's total; less what others show, it is
    the hidden count. So the second persona, with no small cell of its own, hides one too."""
    table = [[4, 30, 50, 20], [25, 30, 50, 20], [30, 30, 50, 20]]
    _, shown = published(table)
    cells = {(group, cell["group"]): cell for group, found in shown.items() for cell in found}
    open_ = [cell for (group, trait), cell in cells.items() if trait == "t0" and cell["n"] is not None]
    assert len(open_) == 1
    everyone = Fraction(sum(map(sum, table)))
    total = Fraction(open_[0]["value"]) / Fraction(open_[0]["lift"]) * everyone
    assert round(total - open_[0]["n"]) == 4 + 25  # two hidden counts together, and no more


def test_a_lift_does_not_tell_of_groups_that_are_not_shown() -> None:
    spend = np.array([100.0] * 30 + [300.0] * 30 + [9_000.0] * 3)
    people = People({"spend": spend}, np.array([0] * 30 + [1] * 30 + [2] * 3))
    estimates = [estimate_of(people, group, CATALOGUE["spend"], THRESHOLD) for group in range(3)]
    assert estimates[2].suppressed
    assert [estimate.lift for estimate in estimates[:2]] == [0.5, 1.5]
