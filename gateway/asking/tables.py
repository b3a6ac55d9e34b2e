"""The links that were made. A token is kept as a keyed hash: who reads the database cannot consent for anybody."""

import sqlalchemy as sa

from gateway.tables import BY_SUBJECT, metadata
from kernel.store.columns import PLAIN, PSEUDONYM, subject_column
from kernel.store.moments import UtcTime

consent_ask = sa.Table(
    "consent_ask",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True, info=PSEUDONYM),
    subject_column(primary_key=True, index=True),
    sa.Column("notice", sa.Text, nullable=False, info=PLAIN),
    sa.Column("notice_version", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("purposes", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("client_id", sa.Text, nullable=False, info=PLAIN),
    sa.Column("created_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("expires_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("answered_at", UtcTime, nullable=True, info=PSEUDONYM),
    comment="Personal links by which people are asked for their consent; each is good for one answer.",
    info=BY_SUBJECT,
)
