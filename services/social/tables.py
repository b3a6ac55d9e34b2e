"""The metadata of social's database: the kernel's tables, and each slice's own beside them."""

import sqlalchemy as sa

from kernel.store.tables import store_tables

metadata = sa.MetaData()
store = store_tables(metadata)
