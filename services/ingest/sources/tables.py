"""Registered sources."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN
from services.ingest.tables import MOMENT, metadata

source = sa.Table(
    "source",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True, info=PLAIN),
    sa.Column("name", sa.Text, nullable=False, info=PLAIN),
    sa.Column("default_consent", sa.LargeBinary, nullable=True, info=PLAIN),
    sa.Column("vouches", sa.Boolean, nullable=False, server_default=sa.false(), info=PLAIN),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="Where records come from; default_consent (JSON) stands for sites that load their SDK after consent;"
    " vouches: it knows whom it serves.",
)
