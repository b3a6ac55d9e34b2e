"""Verify's metadata: the slices' tables register here, beside the kernel's."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from kernel.privacy.classes import SEALED, TECHNICAL, Tier, label
from kernel.store.tables import store_tables

metadata = sa.MetaData()
store = store_tables(metadata)

PLAIN = {"privacy": TECHNICAL}
PSEUDONYM = {"privacy": label(Tier.LINKABLE)}
"""Subject ids, keyed hashes of numbers, ids of staff: they point at a person only together with other data."""
CIPHERTEXT = {"privacy": SEALED}


class UtcTime(sa.TypeDecorator[datetime]):
    """A moment, stored in UTC and read with its offset: SQLite would drop it."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """In UTC. Raises ValueError for a time without offset."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """With the offset of UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value
