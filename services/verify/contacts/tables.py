"""Marks of numbers and addresses, which are in it as keyed hashes only."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM, subject_column
from kernel.store.moments import UtcTime
from services.verify.tables import metadata

mark = sa.Table(
    "contact_mark",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True, info=PSEUDONYM),
    subject_column(nullable=True, index=True),
    sa.Column("stopped_at", UtcTime, nullable=True, info=PLAIN),
    sa.Column("stopped_by", sa.Text, nullable=True, info=PLAIN),
    sa.Column("invited_at", UtcTime, nullable=True, info=PLAIN),
    info={"distribution": "key"},
    comment="By keyed hash of a number or address: whether its holder may be contacted unasked, and when they were.",
)
