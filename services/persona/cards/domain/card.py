"""A whole portrait: everything the API shows of a persona, computed once a run and kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.persona.attributes.domain import Attribute
from services.persona.cards.domain import mistakes
from services.persona.cards.domain.components import Evidence, People, components, traits
from services.persona.cards.domain.evidence import share_estimate
from services.persona.cards.domain.fairness import BLOCKED_FROM, SHOWN, distribution, selection
from services.persona.cards.domain.words import name_of, narrative_of

MAJORITY = 0.65
"""Share of a group from which a gendered name fits."""


@dataclass(frozen=True, slots=True)
class Portrayal:
    """What all personas of a run have in common."""

    people: People
    attributes: Sequence[Attribute]
    evidence: Evidence
    traits: Mapping[str, list[str | None]]
    audits: Sequence[dict[str, Any]]
    method: str
    stability: Mapping[int, float | None]
    about: Mapping[str, Any]
    """Objective, metric, run, study, lake version: the card's `evidence`."""


def card_of(
    work: Portrayal, group: int, persona_id: str, name: str | None, taken: Collection[str]
) -> dict[str, Any]:
    """The card of a group; `name` where the persona has one already, else one that is none of `taken`."""
    members = work.people.of(group)
    n, whole = int(members.sum()), int((work.people.group >= 0).sum())
    threshold = work.evidence.threshold
    found = traits(work.people, group, work.attributes, threshold)
    demographics = {
        trait: distribution(work.traits[trait], work.people.group, group, threshold)
        for trait in SHOWN
        if trait in work.traits
    }
    called = name_of(persona_id, _majority(demographics.get("gender", [])), found, taken)
    narrative = narrative_of(name or called.name, n, n / whole, found)
    share = share_estimate(n, whole, None, 0)
    stability = work.stability.get(group)
    return {
        "name": name or called.name,
        "tagline": called.tagline.vi,
        "tagline_en": called.tagline.en,
        "share": share.value,
        "share_interval": share.interval,
        "n": n,
        "stability": stability,
        "doubtful": stability is None or stability < mistakes.STABLE,
        "components": components(work.people, group, work.attributes, work.evidence),
        "demographics": demographics,
        "narrative": narrative._asdict(),
        "evidence": {**work.about, "method": work.method, "window": dict(work.evidence.window)},
        "fairness": _fairness(work, group, demographics),
        "mistakes": _checks(work, group),
        "old": _is_old(demographics.get("age", [])),
    }


def _majority(genders: Sequence[Mapping[str, Any]]) -> str | None:
    common = next((cell for cell in genders if (cell["value"] or 0) >= MAJORITY), None)
    return str(common["group"]) if common else None


def _is_old(ages: Sequence[Mapping[str, Any]]) -> bool:
    return any(cell["group"] == "55+" and (cell["value"] or 0) >= MAJORITY for cell in ages)


def _fairness(work: Portrayal, group: int, demographics: Mapping[str, Any]) -> dict[str, Any]:
    strongest = max((audit["cramers_v"] for audit in work.audits), default=0.0)
    audits = []
    for audit in work.audits:
        trait = audit["attribute"]
        values, cells = work.traits[trait], demographics.get(trait)
        if cells is None:
            cells = distribution(values, work.people.group, group, work.evidence.threshold)
        audits.append({**audit, "groups": cells, "selection": selection(values, work.people, group, cells)})
    return {"blocked": strongest >= BLOCKED_FROM, "audits": audits}


def _checks(work: Portrayal, group: int) -> dict[str, Any]:
    """The checks that time does not change; whether the persona is up to date is judged when it is read."""
    import numpy as np

    contacts = float(np.median(work.people.columns["contacts"][work.people.of(group)]))
    strongest = max((audit["cramers_v"] for audit in work.audits), default=None)
    return {
        "unfair_criteria": mistakes.unfair_criteria(strongest).view(),
        "too_little_interaction": mistakes.too_little_interaction(contacts).view(),
        "unprofessional_method": mistakes.unprofessional_method(
            work.method, work.stability.get(group)
        ).view(),
        "no_objective": mistakes.no_objective(work.about["objective"], work.about["metric"]).view(),
    }
