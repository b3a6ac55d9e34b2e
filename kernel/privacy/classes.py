"""The classes of data: the mission's three tiers and the legal axis, as one label.

The tiers say how closely a value points at a person; the legal axis is that of Law 91/2025/QH15 and Decree
356/2025. Tier 3 is not free of law: online identifiers are personal data, behaviour tracking is sensitive.
"""

from enum import StrEnum
from typing import NamedTuple


class Tier(StrEnum):
    """How closely a value points at a person."""

    LINKED = "linked"
    LINKABLE = "linkable"
    NON_PII = "non_pii"


class Legal(StrEnum):
    """The legal axis; sensitive data needs access rules, procedures and security measures."""

    BASIC = "basic"
    SENSITIVE = "sensitive"


class Family(StrEnum):
    """The two families of facts that personas are made of."""

    BEHAVIOURAL = "behavioural"
    ATTITUDINAL = "attitudinal"


class Label(NamedTuple):
    """What a stored field is. Attach it to a column as `info={"privacy": label(...)}`."""

    tier: Tier
    legal: Legal
    family: Family | None = None


def label(tier: Tier, legal: Legal = Legal.BASIC, family: Family | None = None) -> Label:
    """The label of a column or field; equal labels compare equal."""
    return Label(tier, legal, family)


TECHNICAL = label(Tier.NON_PII)
"""For columns that say nothing about a person: ids of our own, counters, states, times of processing."""
SEALED = label(Tier.LINKED, Legal.SENSITIVE)
"""For ciphertext: labelled as the worst it may hold."""
