"""The gateway's metadata and column kinds; each slice's tables register on it."""

from typing import Any

import sqlalchemy as sa

from kernel.store.tables import store_tables

metadata = sa.MetaData()
store = store_tables(metadata)

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
"""Canonical text in Python on both engines; without the variant SQLite would strip and rebuild the dashes."""

PLAIN = {"privacy": "none"}
PSEUDONYMOUS = {"privacy": "pseudonymous"}

BY_SUBJECT = {"distribution": "subject"}
REFERENCE = {"distribution": "reference"}
"""How a table is spread where one database server is not enough: by a column that its key contains, or not."""


def id_column(name: str, **options: Any) -> sa.Column[str]:
    """A UUID as text."""
    return sa.Column(name, UUID, **{"info": PLAIN, **options})


def subject_column(**options: Any) -> sa.Column[str]:
    """An (origin) subject id: pseudonymous, never PII."""
    return sa.Column("subject", UUID, info=PSEUDONYMOUS, **options)
