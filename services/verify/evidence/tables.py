"""Evidence of verified numbers. Distributed by `id`."""

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
