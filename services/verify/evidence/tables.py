"""Evidence of numbers: each proof for ever, and the newest finding of each kind by number."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM, UUID
from kernel.store.moments import UtcTime
from services.verify.tables import metadata

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("verification_id", UUID, nullable=False, info=PLAIN),
    sa.Column("client_id", sa.Text, nullable=False, info=PLAIN),
    sa.Column("subject", UUID, nullable=True, index=True, info=PSEUDONYM),
    sa.Column("method", sa.Text, nullable=False, info=PLAIN),
    sa.Column("purpose", sa.Text, nullable=False, info=PLAIN),
    sa.Column("number_hash", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("verified_at", UtcTime, nullable=False, info=PLAIN),
    info={"distribution": "id"},
    comment="Who proved possession of which number (by keyed hash), how and when; erasure deletes by subject.",
)

finding = sa.Table(
    "number_evidence",
    metadata,
    sa.Column("number_key", sa.LargeBinary, primary_key=True, info=PSEUDONYM),
    sa.Column("kind", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("ok", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("method", sa.Text, nullable=False, info=PLAIN),
    sa.Column("source", sa.Text, nullable=False, info=PLAIN),
    sa.Column("subject", UUID, nullable=True, index=True, info=PSEUDONYM),
    sa.Column("recycled", sa.Boolean, nullable=False, info=PLAIN),
    info={"distribution": "number_key"},
    comment="The newest finding of each kind by number (keyed hash); its confidence is computed when asked for.",
)
