"""The five components of a persona: every attribute with its evidence, and what sets the group apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from services.persona.attributes.domain import COMPONENTS, Attribute, Words
from services.persona.cards.domain.evidence import SUPPRESSED, Estimate, mean_estimate, share_estimate

if TYPE_CHECKING:
    import numpy as np

NOTABLE = 0.3
"""Standardised difference from everyone that is worth a sentence."""
COMMON = 0.4
"""Share of a group from which its main category may stand for it."""


class Trait(NamedTuple):
    """What sets a group apart: the attribute, how far from everyone (standard deviations), and its number."""

    attribute: Attribute
    effect: float
    words: Words
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class People:
    """Everybody in the study: attribute values by key, and each person's group (-1: none)."""

    columns: "Mapping[str, np.ndarray[Any, Any]]"
    group: "np.ndarray[Any, Any]"

    def of(self, group: int) -> "np.ndarray[Any, Any]":
        """A mask of the group's members."""
        mask: np.ndarray[Any, Any] = self.group == group
        return mask


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands beside every number: the window in words, the query by attribute, the threshold of small cells."""

    window: Mapping[str, str]
    queries: Mapping[str, str]
    currency: str
    threshold: int


def components(
    people: People, group: int, attributes: Sequence[Attribute], evidence: Evidence
) -> dict[str, list[dict[str, Any]]]:
    """The attributes of a group by component, as the API shows them; those known of nobody at all are left out."""
    shown: dict[str, list[dict[str, Any]]] = {component: [] for component in COMPONENTS}
    for attribute in attributes:
        if not attribute.protected and _known(people, attribute):
            estimate = estimate_of(people, group, attribute, evidence.threshold)
            shown[attribute.component].append(_view(attribute, estimate, evidence))
    return shown


def estimate_of(people: People, group: int, attribute: Attribute, threshold: int) -> Estimate:
    """A group's value of an attribute: its mean, or its most common category with that one's share as interval."""
    values, members = people.columns[attribute.key], people.of(group)
    everyone = values[_openly_known(people, attribute, threshold)]
    if attribute.type != "category":
        return mean_estimate(values[members].astype(float), everyone.astype(float), threshold)
    top, count = _most_common(values[members])
    known = sum(value is not None for value in values[members])
    if top is None or known < threshold:
        return SUPPRESSED
    overall = sum(value == top for value in everyone) / sum(value is not None for value in everyone)
    estimate = share_estimate(count, known, overall, threshold)
    return estimate if estimate.suppressed else estimate._replace(value=top, n=known)


def traits(people: People, group: int, attributes: Sequence[Attribute], threshold: int) -> list[Trait]:
    """What sets the group apart from everyone, strongest first; nothing that is suppressed or protected."""
    found = []
    for attribute in attributes:
        if attribute.protected or not _known(people, attribute):
            continue
        estimate = estimate_of(people, group, attribute, threshold)
        effect = _effect(people, group, attribute, estimate)
        words = _words(attribute, effect, estimate)
        if words is not None:
            found.append(Trait(attribute, effect, words, estimate))
    return sorted(found, key=lambda trait: -abs(trait.effect))


def _openly_known(people: People, attribute: Attribute, threshold: int) -> "np.ndarray[Any, Any]":
    """A mask of everybody whose group is large enough to be shown: a lift that took in the others would let them be
    worked out from it."""
    import numpy as np

    values, inside = people.columns[attribute.key], people.group >= 0
    if attribute.type == "category":
        known = np.array([value is not None for value in values])
    else:
        known = ~np.isnan(values.astype(float))
    sizes = np.bincount(people.group[known & inside], minlength=int(people.group.max()) + 1)
    mask: np.ndarray[Any, Any] = inside & (sizes[people.group] >= threshold)
    return mask


def _known(people: People, attribute: Attribute) -> bool:
    import numpy as np

    values = people.columns.get(attribute.key)
    if values is None:
        return False
    if attribute.type == "category":
        return any(value is not None for value in values)
    return not bool(np.isnan(values.astype(float)).all())


def _most_common(values: "np.ndarray[Any, Any]") -> tuple[str | None, int]:
    import numpy as np

    labels, counts = np.unique([value for value in values if value is not None], return_counts=True)
    return (str(labels[counts.argmax()]), int(counts.max())) if len(labels) else (None, 0)


def _effect(people: People, group: int, attribute: Attribute, estimate: Estimate) -> float:
    import numpy as np

    if estimate.suppressed:
        return 0.0
    values, members = people.columns[attribute.key], people.of(group)
    if attribute.type == "category":
        share = sum(value == estimate.value for value in values[members]) / max(1, estimate.n or 1)
        return share - share / estimate.lift if estimate.lift and share >= COMMON else 0.0
    numbers = values.astype(float)
    numbers = np.log1p(np.maximum(numbers, 0)) if attribute.log else numbers
    spread = float(np.nanstd(numbers))
    return float(np.nanmean(numbers[members]) - np.nanmean(numbers)) / spread if spread > 1e-9 else 0.0


def _words(attribute: Attribute, effect: float, estimate: Estimate) -> Words | None:
    if abs(effect) < NOTABLE:
        return None
    words = attribute.high if effect > 0 else attribute.low
    return words and Words(*(text.format(label=estimate.value) for text in words))


def _view(attribute: Attribute, estimate: Estimate, evidence: Evidence) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "key": attribute.key,
        "label": attribute.label.vi,
        "label_en": attribute.label.en,
        "unit": evidence.currency if attribute.unit == "VND" else attribute.unit,
        **estimate.view(),
        "sources": list(attribute.sources),
        "window": dict(evidence.window),
        "query": evidence.queries.get(attribute.key, ""),
    }
    if attribute.guidance is not None:
        shown["guidance"] = attribute.guidance._asdict()
    return shown
