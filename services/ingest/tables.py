"""The service's metadata, which the slices' tables register on, and the labels and types that they share."""

import sqlalchemy as sa

from kernel.privacy.classes import SEALED, TECHNICAL, Tier, label
from kernel.store.tables import store_tables

metadata = sa.MetaData()
store = store_tables(metadata)

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
"""Canonical text in Python on both engines; without the variant SQLite would strip and rebuild the dashes."""

MOMENT = sa.BigInteger
"""Microseconds since 1970 UTC: the same on both engines, and nothing to convert on the hot path."""

PLAIN = {"privacy": TECHNICAL}
PSEUDONYM = {"privacy": label(Tier.LINKABLE)}
"""Subject ids, blind indexes and keyed hashes: they stand for a person to whoever holds the key."""
CIPHERTEXT = {"privacy": SEALED}
