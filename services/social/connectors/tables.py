"""Connectors with their state."""

import sqlalchemy as sa

from kernel.store.columns import CIPHERTEXT, PLAIN
from services.social.tables import metadata

connector = sa.Table(
    "connector",
    metadata,
    sa.Column("connector_id", sa.Uuid(as_uuid=False), primary_key=True, info=PLAIN),
    sa.Column("kind", sa.Text, nullable=False, info=PLAIN),
    sa.Column("name", sa.Text, nullable=False, info=PLAIN),
    sa.Column("options", sa.Text, nullable=False, info=PLAIN),
    sa.Column("sealed", sa.LargeBinary, nullable=False, info=CIPHERTEXT),
    sa.Column("retention_days", sa.Integer, nullable=True, info=PLAIN),
    sa.Column("enabled", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("state", sa.Text, nullable=False, info=PLAIN),
    sa.Column("next_ms", sa.BigInteger, nullable=True, info=PLAIN),
    sa.Column("failures", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("trouble", sa.Text, nullable=True, info=PLAIN),
    sa.Column("heard_ms", sa.BigInteger, nullable=True, info=PLAIN),
    sa.Column("taken", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("created_ms", sa.BigInteger, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="`options` and `state` (cursor, ETag) are JSON; `sealed`: secrets under a key outside the database;"
    " `next_ms`: when it is read next, null where it only sends; `trouble`: a code, null where it is well.",
)
