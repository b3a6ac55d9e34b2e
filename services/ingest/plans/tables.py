"""Tracking plans, every version of them."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN
from services.ingest.tables import MOMENT, metadata

plan = sa.Table(
    "plan",
    metadata,
    sa.Column("source", sa.String(64), primary_key=True, info=PLAIN),
    sa.Column("kind", sa.String(16), primary_key=True, info=PLAIN),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False, info=PLAIN),
    sa.Column("enforcement", sa.String(8), nullable=False, info=PLAIN),
    sa.Column("rules", sa.LargeBinary, nullable=False, info=PLAIN),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="What a source promised to send of a kind, never changed: the highest version is in force."
    " enforcement: enforce, report or off; rules: JSON.",
)
