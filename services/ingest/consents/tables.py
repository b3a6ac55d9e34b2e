"""What this service knows of consents: notices, and how far its view of the ledger reaches."""

import sqlalchemy as sa

from kernel.consents.view import add_watermarks
from kernel.store.columns import PLAIN
from kernel.store.moments import Micros
from services.ingest.tables import metadata

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("key", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("version", sa.Integer, primary_key=True, info=PLAIN),
    sa.Column("purposes", sa.Text, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="Published notices: immutable; purposes are separated by spaces.",
)

watermarks = add_watermarks(
    metadata, "watermark", "at", "The last heartbeat of the consent ledger in each partition.", Micros
)
