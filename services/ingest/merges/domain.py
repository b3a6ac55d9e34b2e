"""Who is read as whom, out of the ledger: pure rules.

Only who stands for itself is merged, into somebody who stands for itself. So what is merged now is a forest: each
subject has at most one step to another, and no circle can close.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

MERGED: Final = "merged"
SPLIT: Final = "split"
OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"
RULE, MODEL = "rule", "model"


class Entry(NamedTuple):
    """A line of the ledger."""

    version: int
    merge_id: str
    act: str
    source: str
    target: str


class Agreement(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one field says about two subjects being one person; never the field's values."""

    field: str
    level: str
    """same, similar, partial, different or unknown; for rules the reason why a join was held back."""
    detail: str
    """In words."""
    weight: float = 0.0
    """log2 of how much likelier this is for one person than for two; below 0 it speaks against."""


class Pair(NamedTuple):
    """Two subjects that may be one person, `a` < `b`."""

    a: str
    b: str
    probability: float
    evidence: tuple[Agreement, ...]
    found_by: str = MODEL


def steps_of(ledger: Iterable[Entry]) -> dict[str, str]:
    """Source to target of every merge that was not undone; the ledger may come in any order."""
    newest: dict[str, Entry] = {}
    for entry in ledger:
        known = newest.get(entry.merge_id)
        if known is None or entry.version > known.version:
            newest[entry.merge_id] = entry
    return {entry.source: entry.target for entry in newest.values() if entry.act == MERGED}


def root_of(subject: str, steps: Mapping[str, str]) -> str:
    """Whom a subject is read as."""
    while subject in steps:
        subject = steps[subject]
    return subject


def ordered(a: str, b: str) -> tuple[str, str]:
    """A pair as it is kept."""
    return (a, b) if a < b else (b, a)
