"""Verify's metadata: the slices' tables register here, beside the kernel's."""

import sqlalchemy as sa

from kernel.store.tables import store_tables

metadata = sa.MetaData()
store = store_tables(metadata)
