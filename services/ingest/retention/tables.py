"""The rules of retention by version, and the nights on which they were carried out."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM
from services.ingest.tables import MOMENT, metadata

retention_policy = sa.Table(
    "retention_policy",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False, info=PLAIN),
    sa.Column("active", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("rules", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("changed_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("changed_by", sa.Text, nullable=False, info=PSEUDONYM),
    info={"distribution": "reference"},
    comment="Every version of the rules; the highest counts. Not active: nothing is deleted at night.",
)

retention_night = sa.Table(
    "retention_night",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True, info=PLAIN),
    sa.Column("policy_version", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("deleted", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("started_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("lease_until", MOMENT, nullable=False, info=PLAIN),
    sa.Column("finished_at", MOMENT, nullable=True, info=PLAIN),
    info={"distribution": "reference"},
    comment="One row a night (date in Vietnam) on which rules were carried out; deleted: rows by rule and kind.",
)
