"""Audits of protected traits: they never shape groups, and groups must not follow them all the same."""

from typing import TYPE_CHECKING, Any

from services.persona.cards.domain.components import People
from services.persona.cards.domain.evidence import cramers_v, share_estimate, shown_table

if TYPE_CHECKING:
    import numpy as np

BLOCKED_FROM = 0.5
"""Cramér's V (a large effect) from which personas may be looked at but not used."""
_AGES = (
    (0, 17, "0-17"),
    (18, 24, "18-24"),
    (25, 34, "25-34"),
    (35, 44, "35-44"),
    (45, 54, "45-54"),
    (55, 150, "55+"),
)
AUDITED = ("gender", "age", "marital_status")
SHOWN = ("gender", "age", "province", "occupation")


def traits_of(people: People, year: int) -> dict[str, list[str | None]]:
    """What people say about themselves, by trait; ages as bands in `year`. Traits known of nobody are left out."""
    columns = people.columns
    found = {
        name: [value if isinstance(value, str) else None for value in columns[f"trait_{name}"]]
        for name in ("gender", "province", "occupation", "marital_status", "education")
        if f"trait_{name}" in columns
    }
    if "trait_birth_year" in columns:
        found["age"] = [_band(year - born) for born in columns["trait_birth_year"].astype(float)]
    return {name: values for name, values in found.items() if any(value is not None for value in values)}


def audits(people: People, traits: dict[str, list[str | None]]) -> list[dict[str, Any]]:
    """Cramér's V between groups and each audited trait that is known, over everybody who has a group."""
    inside = [index for index, group in enumerate(people.group) if group >= 0]
    found = []
    for name in AUDITED:
        if name in traits:
            strength = cramers_v([people.group[i] for i in inside], [traits[name][i] for i in inside])
            if strength is not None:
                found.append({"attribute": name, "cramers_v": strength})
    return found


def distribution(
    values: list[str | None], group: "np.ndarray[Any, Any]", asked: int, threshold: int
) -> list[dict[str, Any]]:
    """Shares of a trait in the group `asked`, most common first, with n, interval and lift.

    Small cells are hidden, and more of this group and of others where sums would give them away: the lift tells the
    share among everyone, so that the groups together are a table with known sums.
    """
    table: dict[tuple[str, str], int] = {}
    for value, number in zip(values, group.tolist(), strict=True):
        if value is not None and number >= 0:
            table[str(number), value] = table.get((str(number), value), 0) + 1
    shown, total = shown_table(table, threshold), sum(table.values())
    mine = {value: count for (number, value), count in table.items() if number == str(asked)}
    cells = []
    for value, count in sorted(mine.items(), key=lambda cell: (-cell[1], cell[0])):
        if shown[str(asked), value] is None:
            cells.append({"group": value, "value": None, "n": None, "suppressed": True})
        else:
            overall = sum(n for (_, other), n in table.items() if other == value) / total
            estimate = share_estimate(count, sum(mine.values()), overall, 0)
            cells.append({"group": value, **estimate._replace(n=count).view()})
    return sorted(cells, key=lambda cell: (cell["n"] is None, -(cell["n"] or 0), cell["group"]))


def selection(
    values: list[str | None], people: People, asked: int, cells: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """How large a share of each trait's people is in the group `asked`, by fairlearn's MetricFrame, with the smallest
    rate's ratio to the largest (four fifths is the usual bound); of `cells` that are shown. None for fewer than two."""
    from fairlearn.metrics import MetricFrame, selection_rate

    shown = {cell["group"] for cell in cells if cell["value"] is not None}
    pairs = [
        (value, int(number == asked))
        for value, number in zip(values, people.group.tolist(), strict=True)
        if value in shown and number >= 0
    ]
    if len(shown) < 2:
        return None
    inside = [member for _, member in pairs]
    frame = MetricFrame(
        metrics=selection_rate, y_true=inside, y_pred=inside, sensitive_features=[value for value, _ in pairs]
    )
    rates = {str(value): round(float(rate), 6) for value, rate in frame.by_group.items()}
    return {
        "rates": rates,
        "ratio": round(float(frame.ratio()), 4),
        "difference": round(float(frame.difference()), 4),
    }


def _band(age: float) -> str | None:
    return next((label for low, high, label in _AGES if low <= age <= high), None)
