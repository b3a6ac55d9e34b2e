"""Edges between people."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM, UUID
from services.ingest.tables import MOMENT, metadata

referral_edge = sa.Table(
    "referral_edge",
    metadata,
    sa.Column("record_id", UUID, primary_key=True, info=PLAIN),
    sa.Column("source", sa.String(64), primary_key=True, info=PLAIN),
    sa.Column("place", sa.SmallInteger, primary_key=True, info=PLAIN),
    sa.Column("index", sa.LargeBinary, nullable=False, index=True, info=PSEUDONYM),
    sa.Column("subject_id", UUID, nullable=False, index=True, info=PSEUDONYM),
    sa.Column("at", MOMENT, nullable=False, info=PLAIN),
    sa.ForeignKeyConstraint(
        ["record_id", "source"],
        ["record.id", "record.source"],
        name="referral_edge_record",
        ondelete="CASCADE",
    ),
    sa.Index("referral_edge_at", "at", "record_id"),
    info={"distribution": "record_id"},
    comment="Who referred whom: the referred one as blind indexes, which lead to a person only once a record of theirs,"
    " with their consent, is stored. A row goes with its record.",
)
