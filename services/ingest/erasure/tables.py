"""Erasures to carry out, and those confirmed."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM, UUID
from services.ingest.tables import MOMENT, metadata

erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("request_id", UUID, primary_key=True, info=PLAIN),
    sa.Column("origins", sa.JSON, nullable=False, info=PSEUDONYM),
    sa.Column("destroyed", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("requested_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("confirmed_at", MOMENT, nullable=True, index=True, info=PLAIN),
    info={"distribution": "request_id"},
    comment="Requests by id, with every origin of the person and how many rows were deleted, by what they were.",
)
