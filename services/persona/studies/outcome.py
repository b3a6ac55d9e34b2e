"""What a run says about each person: the group, how surely, why, and what would change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from services.persona.attributes.domain import Attribute
from services.persona.studies.domain.assignment import changes, reasons
from services.persona.studies.domain.features import Columns
from services.persona.studies.domain.grouping import Groups, Model

COLUMNS = ("person", "persona_id", "runner_up", "margin", "why", "change_to")
_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Told:
    """What is needed to speak of one person: the attributes' values and names, and the groups' persona ids."""

    columns: Columns
    labels: Mapping[str, str]
    ids: Mapping[int, str]

    def value(self, key: str, index: int) -> dict[str, Any]:
        """A person's value of an attribute, None where unknown."""
        value = self.columns[key][index]
        if not isinstance(value, str):
            value = None if value is None or value != value else round(float(value), 4)  # noqa: PLR0124 - NaN is not itself
        return {"key": key, "label": self.labels[key], "value": value}


def assignment_rows(
    persons: Sequence[str],
    columns: Columns,
    groups: Groups,
    ids: dict[int, str],
    attributes: Sequence[Attribute],
) -> dict[str, list[Any]]:
    """Values by COLUMNS, a row for each person who has a group; JSON texts for why and change_to."""
    told = Told(columns, {attribute.key: attribute.label.vi for attribute in attributes}, ids)
    inside = [index for index, group in enumerate(groups.group.tolist()) if group in ids]
    persona_ids = [ids[int(groups.group[i])] for i in inside]
    if groups.model is None:
        unknown = [None] * len(inside)
        rest: tuple[list[Any], ...] = (unknown, unknown, [_by_rule(told, i) for i in inside], unknown)
    else:
        where = groups.model.assignment
        rest = (
            [ids[int(where.runner_up[i])] for i in inside],
            [round(float(where.margin[i]), 4) for i in inside],
            _whys(told, groups.model, inside),
            _changes(told, groups.model, inside),
        )
    return dict(zip(COLUMNS, ([str(persons[i]) for i in inside], persona_ids, *rest), strict=True))


def _whys(told: Told, model: Model, inside: Sequence[int]) -> list[str]:
    """What most sets the group above the runner-up: the person's values beside what is typical of the group."""
    strongest = reasons(model.points, model.centres, model.assignment)
    found = []
    for index in inside:
        said: dict[str, Any] = {}
        centre = model.centres[model.assignment.cluster[index]]
        for column in strongest[index].tolist():
            feature = model.features[column]
            typical = feature.level or round(feature.decode(centre[column]), 4)
            said.setdefault(feature.key, {**told.value(feature.key, index), "typical": typical})
        found.append(_json(list(said.values())).decode())
    return found


def _changes(told: Told, model: Model, inside: Sequence[int]) -> list[str | None]:
    """The change that would make the runner-up as near, None where none was found."""
    columns, values = changes(model.points, model.centres, model.assignment, model.features)
    found: list[str | None] = []
    for index in inside:
        steps = []
        for column, value in zip(columns[index].tolist(), values[index].tolist(), strict=True):
            if column >= 0:
                feature = model.features[column]
                steps.append({**told.value(feature.key, index), "to": round(feature.decode(value), 4)})
        other = told.ids[int(model.assignment.runner_up[index])]
        found.append(_json({"persona_id": other, "changes": steps}).decode() if steps else None)
    return found


def _by_rule(told: Told, index: int) -> str:
    return _json([told.value(key, index) for key in ("recency_days", "orders")]).decode()
