"""Jobs that look for people who may be one."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, UUID
from services.ingest.tables import MOMENT, metadata

identity_job = sa.Table(
    "identity_job",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("state", sa.String(8), nullable=False, info=PLAIN),
    sa.Column("stage", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("progress", sa.Float, nullable=False, info=PLAIN),
    sa.Column("people", sa.BigInteger, nullable=True, info=PLAIN),
    sa.Column("found", sa.BigInteger, nullable=True, info=PLAIN),
    sa.Column("threshold", sa.Float, nullable=True, info=PLAIN),
    sa.Column("basis", sa.Text, nullable=True, info=PLAIN),
    sa.Column("reason", sa.Text, nullable=True, info=PLAIN),
    sa.Column("client_id", sa.Text, nullable=False, info=PLAIN),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("beat_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("ended_at", MOMENT, nullable=True, info=PLAIN),
    info={"distribution": "id"},
    comment="state: queued, running, done or failed; threshold: the probability from which pairs are suggested, and"
    " basis where it comes from; beat_at: when its process was last heard of.",
)
