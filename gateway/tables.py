"""The gateway's metadata; each slice's tables register on it."""

import sqlalchemy as sa

from kernel.store.tables import store_tables

metadata = sa.MetaData()
store = store_tables(metadata)

BY_SUBJECT = {"distribution": "subject"}
REFERENCE = {"distribution": "reference"}
"""How a table is spread where one database server is not enough: by a column that its key contains, or not."""
