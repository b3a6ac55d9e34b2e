"""Accepted records, sealed; which of them tell something of a person; and repeated attempts."""

import sqlalchemy as sa

from kernel.store.columns import CIPHERTEXT, PLAIN, PSEUDONYM, UUID
from services.ingest.tables import MOMENT, metadata

record = sa.Table(
    "record",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("source", sa.String(64), primary_key=True, info=PLAIN),
    sa.Column("subject_id", UUID, nullable=True, info=PSEUDONYM),
    sa.Column("kind", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("channel", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("occurred_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("received_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("content_hash", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("sealed", sa.LargeBinary, nullable=False, info=CIPHERTEXT),
    sa.Index("record_subject", "subject_id", "received_at"),
    info={"distribution": "id"},
    comment="A record as it was received, in one envelope under its origin subject's key. content_hash is keyed.",
)

facet = sa.Table(
    "facet",
    metadata,
    sa.Column("subject_id", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("hash", sa.LargeBinary, primary_key=True, info=PSEUDONYM),
    sa.Column("record_id", UUID, nullable=False, info=PLAIN),
    sa.Column("source", sa.String(64), nullable=False, info=PLAIN),
    sa.Column("occurred_at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "subject_id"},
    comment="Records whose subject block says something new: the ones to open when a field is revealed.",
)

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("record_id", UUID, nullable=False, index=True, info=PLAIN),
    sa.Column("source", sa.String(64), nullable=False, info=PLAIN),
    sa.Column("status", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("at", MOMENT, nullable=False, index=True, info=PLAIN),
    info={"distribution": "id"},
    comment="Records that were sent again: duplicate or conflict. Nothing of their content is kept.",
)
