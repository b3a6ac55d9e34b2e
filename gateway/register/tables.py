"""The register of recipients and processors."""

import sqlalchemy as sa

from gateway.tables import REFERENCE, metadata
from kernel.store.columns import PLAIN, id_column
from kernel.store.moments import UtcTime

recipient = sa.Table(
    "recipient",
    metadata,
    sa.Column("key", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("name", sa.Text, nullable=False, info=PLAIN),
    sa.Column("role", sa.Text, nullable=False, info=PLAIN),
    sa.Column("country", sa.Text, nullable=False, info=PLAIN),
    id_column("client_id", nullable=True, unique=True),
    sa.Column("purposes", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("data", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("basis", sa.Text, nullable=True, info=PLAIN),
    sa.Column("safeguards", sa.Text, nullable=True, info=PLAIN),
    sa.Column("assessed_at", UtcTime, nullable=True, info=PLAIN),
    sa.Column("changed_by", sa.Text, nullable=False, info=PLAIN),
    sa.Column("changed_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("ended_at", UtcTime, nullable=True, info=PLAIN),
    comment="Who receives personal data: recipients and processors, where they are, and what a transfer abroad rests on.",
    info=REFERENCE,
)
