"""What a column tells about a person: the labels that every service's tables use, as `info` of their columns."""

from typing import Any

import sqlalchemy as sa

from kernel.privacy.classes import SEALED, TECHNICAL, Family, Tier, label

PLAIN = {"privacy": TECHNICAL}
"""Says nothing about a person."""
PSEUDONYM = {"privacy": label(Tier.LINKABLE)}
"""Subject ids, blind indexes, keyed hashes, ids of staff, and rows or events about them: they point at a person only
together with other data."""
REDACTED = {"privacy": label(Tier.LINKABLE, family=Family.ATTITUDINAL)}
"""Free text without what points at a person; it may still identify by its story: linkable, not anonymous."""
PROFILE = {"privacy": label(Tier.LINKABLE, family=Family.BEHAVIOURAL)}
"""What was concluded about one person."""
CIPHERTEXT = {"privacy": SEALED}

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
"""Canonical text in Python on both engines; without the variant SQLite would strip and rebuild the dashes."""


def id_column(name: str, **options: Any) -> sa.Column[str]:
    """A UUID as text, of nobody unless `info` says otherwise."""
    return sa.Column(name, UUID, **{"info": PLAIN, **options})


def subject_column(name: str = "subject", **options: Any) -> sa.Column[str]:
    """The id of a person or of an origin."""
    return id_column(name, info=PSEUDONYM, **options)
