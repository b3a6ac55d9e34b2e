"""The service's metadata, which the slices' tables register on, and the types that they share."""

import sqlalchemy as sa

from kernel.store.tables import store_tables

metadata = sa.MetaData()
store = store_tables(metadata)

MOMENT = sa.BigInteger
"""Microseconds since 1970 UTC: the same on both engines, and nothing to convert on the hot path."""
