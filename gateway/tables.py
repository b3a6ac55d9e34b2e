"""The gateway's metadata and column kinds; each slice's tables register on it."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from kernel.store.tables import store_tables

metadata = sa.MetaData()
store = store_tables(metadata)

PLAIN = {"privacy": "none"}
PSEUDONYMOUS = {"privacy": "pseudonymous"}

BY_SUBJECT = {"distribution": "subject"}
REFERENCE = {"distribution": "reference"}
"""How a table is spread where one database server is not enough: by a column that its key contains, or not."""


class UtcTime(sa.types.TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database. SQLite would otherwise drop the offset without converting."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def id_column(name: str, **options: Any) -> sa.Column[str]:
    """A UUID as text."""
    return sa.Column(name, sa.Uuid(as_uuid=False), **{"info": PLAIN, **options})


def subject_column(**options: Any) -> sa.Column[str]:
    """An (origin) subject id: pseudonymous, never PII."""
    return sa.Column("subject", sa.Uuid(as_uuid=False), info=PSEUDONYMOUS, **options)
