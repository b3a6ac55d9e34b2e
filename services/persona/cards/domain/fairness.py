"""Audits of protected traits: they never shape groups, and groups must not follow them all the same."""

from typing import TYPE_CHECKING, Any

from services.persona.cards.domain.components import People
from services.persona.cards.domain.evidence import cramers_v, share_estimate, shown_cells

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
    values: list[str | None], members: "np.ndarray[Any, Any]", threshold: int
) -> list[dict[str, Any]]:
    """Shares of a trait in a group, most common first, with n, interval and lift; small cells hidden."""
    inside = [value for value, member in zip(values, members, strict=True) if member and value is not None]
    known = [value for value in values if value is not None]
    counts = {value: inside.count(value) for value in sorted(set(inside))}
    cells = []
    for value, count in sorted(shown_cells(counts, threshold).items(), key=lambda cell: -(cell[1] or 0)):
        if count is None:
            cells.append({"group": value, "value": None, "n": None, "suppressed": True})
        else:
            shown = share_estimate(count, len(inside), known.count(value) / len(known), 0)
            cells.append({"group": value, **shown._replace(n=count).view()})
    return cells


def _band(age: float) -> str | None:
    return next((label for low, high, label in _AGES if low <= age <= high), None)
