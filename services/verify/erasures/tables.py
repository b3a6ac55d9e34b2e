"""Erasures to carry out, and those confirmed."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM, UUID
from kernel.store.moments import UtcTime
from services.verify.tables import metadata

erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("request_id", UUID, primary_key=True, info=PLAIN),
    sa.Column("origins", sa.JSON, nullable=False, info=PSEUDONYM),
    sa.Column("destroyed", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("requested_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("confirmed_at", UtcTime, nullable=True, index=True, info=PLAIN),
    info={"distribution": "reference"},
    comment="Erasures to carry out and those confirmed; `destroyed` counts rows.",
)
