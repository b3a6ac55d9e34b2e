"""The metadata of social's database: the kernel's tables, and each slice's own beside them."""

import sqlalchemy as sa

from kernel.store.tables import store_tables

metadata = sa.MetaData()
store = store_tables(metadata)

NONE = {"privacy": "none"}
"""Says nothing about a person."""
PSEUDONYMOUS = {"privacy": "pseudonymous"}
"""A keyed hash, or an id that only a platform can resolve."""
REDACTED = {"privacy": "redacted-text"}
"""Free text without what points at a person; it may still identify by its story: linkable, not anonymous."""
