"""Alerts, each once."""

import sqlalchemy as sa

from gateway.tables import REFERENCE, metadata
from kernel.store.columns import PLAIN, PSEUDONYM, id_column
from kernel.store.moments import UtcTime

alert = sa.Table(
    "alert",
    metadata,
    id_column("id", primary_key=True),
    sa.Column("kind", sa.Text, nullable=False, info=PLAIN),
    sa.Column("about", sa.Text, nullable=False, info=PLAIN),
    sa.Column("at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("detail", sa.JSON, nullable=False, info=PSEUDONYM),
    sa.Column("closed_at", UtcTime, nullable=True, info=PLAIN),
    sa.UniqueConstraint("kind", "about"),
    comment="What a privacy officer must look at. `about`: the id of the request, decision or chain; `detail` holds"
    " ids only.",
    info=REFERENCE,
)
