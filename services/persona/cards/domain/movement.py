"""Who moved between two versions of a study: a transition matrix, what it amounts to, and how far shares drifted.

Shares alone mislead: a population stability index of 0.025 ("no change") was seen while 41 % of customers had changed
their persona. Both are told.
"""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any

from services.persona.cards.domain.evidence import shown_table

NOBODY = "-"
"""Stands for people who were not in the study before, or are not any more."""
SMALLEST_SHARE = 1e-4


def flows_between(
    before: Mapping[str, str], after: Mapping[str, str], threshold: int
) -> tuple[list[dict[str, Any]], float | None]:
    """Flows (`from`, `to`, `n`) of people, and the share of those in both versions who changed; small cells hidden,
    with one more in a row and a column where the rest would give it away."""
    counts: dict[tuple[str, str], int] = {}
    for person in before.keys() | after.keys():
        pair = (before.get(person, NOBODY), after.get(person, NOBODY))
        counts[pair] = counts.get(pair, 0) + 1
    stayed = [(pair, n) for pair, n in counts.items() if NOBODY not in pair]
    both = sum(n for _, n in stayed)
    moved = sum(n for (old, new), n in stayed if old != new)
    shown = shown_table(counts, threshold)
    flows = [{"from": old, "to": new, "n": shown[old, new]} for old, new in sorted(counts)]
    told = round(moved / both, 4) if both >= threshold and not 0 < moved < threshold else None
    return [flow if flow["n"] is not None else {**flow, "suppressed": True} for flow in flows], told


def stability_index(before: Sequence[str], after: Sequence[str]) -> float | None:
    """The population stability index of the personas' shares: below 0.1 little, above 0.25 much; None where there was
    nobody before."""
    if not before or not after:
        return None
    total = 0.0
    for name in set(before) | set(after):
        old = max(SMALLEST_SHARE, before.count(name) / len(before))
        new = max(SMALLEST_SHARE, after.count(name) / len(after))
        total += (new - old) * log(new / old)
    return round(total, 4)
