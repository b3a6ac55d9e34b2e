"""Verify's metadata: the slices' tables register here, beside the kernel's."""

import sqlalchemy as sa

from kernel.privacy.classes import SEALED, TECHNICAL, Tier, label
from kernel.store.tables import store_tables

metadata = sa.MetaData()
store = store_tables(metadata)

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
"""Canonical text in Python on both engines; without the variant SQLite would strip and rebuild the dashes."""

PLAIN = {"privacy": TECHNICAL}
PSEUDONYM = {"privacy": label(Tier.LINKABLE)}
"""Subject ids, keyed hashes of numbers, ids of staff: they point at a person only together with other data."""
CIPHERTEXT = {"privacy": SEALED}
