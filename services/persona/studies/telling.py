"""What a run adds to a card beyond the group's own numbers: a short rule, and the main face it belongs to."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.persona.attributes.domain import Attribute
from services.persona.studies.domain.families import families
from services.persona.studies.domain.grouping import Groups
from services.persona.studies.domain.surrogate import Rule


def rule_view(rule: Rule | None, attributes: Sequence[Attribute], threshold: int) -> dict[str, Any] | None:
    """A rule as a card shows it; None where there is none, or a small cell is behind its figures."""
    if rule is None:
        return None
    hits = round(rule.n * rule.precision)
    if hits < threshold or 0 < rule.n - hits < threshold:
        return None
    labels = {attribute.key: attribute.label for attribute in attributes}
    steps = [
        {
            "key": step.key,
            "label": labels[step.key].vi,
            "label_en": labels[step.key].en,
            "op": step.op,
            "value": step.value,
        }
        for step in rule.steps
    ]
    return {"steps": steps, "precision": rule.precision, "coverage": rule.coverage}


def family_views(groups: Groups, ids: Mapping[int, str]) -> dict[int, dict[str, Any]]:
    """By group: the main face (`persona_id`), whether it is the group itself, and the family's personas and people."""
    if groups.model is None:
        return {}
    sizes = [int((groups.group == number).sum()) for number in range(groups.k)]
    face = families(groups.model.centres, sizes)
    found = {}
    for group in ids:
        members = [number for number in ids if face[number] == face[group]]
        found[group] = {
            "persona_id": ids[face[group]],
            "main": face[group] == group,
            "personas": len(members),
            "n": sum(sizes[number] for number in members),
        }
    return found
