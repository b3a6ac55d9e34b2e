"""The service's metadata and column kinds; each slice's tables register on it."""

from typing import Any

import sqlalchemy as sa

from kernel.privacy.classes import TECHNICAL, Family, Tier, label
from kernel.store.tables import store_tables

metadata = sa.MetaData()
store = store_tables(metadata)

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
"""Canonical text in Python on both engines; without the variant SQLite would strip and rebuild the dashes."""

PLAIN = {"privacy": TECHNICAL}
PERSON = {"privacy": label(Tier.NON_PII)}
"""Pseudonymous ids: personal data in law, but nobody's name."""
PROFILE = {"privacy": label(Tier.LINKABLE, family=Family.BEHAVIOURAL)}
"""What was concluded about one person."""
OPINION = {"privacy": label(Tier.LINKABLE, family=Family.ATTITUDINAL)}
"""What one person said, redacted."""


def id_column(name: str, **options: Any) -> sa.Column[str]:
    """A UUID as text."""
    return sa.Column(name, UUID, **{"info": PLAIN, **options})


def person_column(name: str, **options: Any) -> sa.Column[str]:
    """The id of a person or of an origin."""
    return id_column(name, info=PERSON, **options)
