"""Notices, the ledger of consent acts, each subject's state, and who became whom."""

import sqlalchemy as sa

from gateway.tables import BY_SUBJECT, REFERENCE, metadata
from kernel.store.columns import PLAIN, PSEUDONYM, UUID, id_column, subject_column
from kernel.store.moments import UtcTime

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("key", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False, info=PLAIN),
    sa.Column("purposes", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("text", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("sha256", sa.Text, nullable=False, info=PLAIN),
    sa.Column("created_by", sa.Text, nullable=False, info=PLAIN),
    sa.Column("created_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("controller", sa.JSON(none_as_null=True), nullable=True, info=PLAIN),
    sa.Column("recipients", sa.JSON(none_as_null=True), nullable=True, info=PLAIN),
    sa.Column("valid_days", sa.Integer, nullable=True, info=PLAIN),
    sa.Column("renews", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("settled", sa.Boolean, nullable=False, info=PLAIN),
    comment="What people were told; a version never changes.",
    info=REFERENCE,
)

consent = sa.Table(
    "consent",
    metadata,
    id_column("id", primary_key=True),
    subject_column(primary_key=True, index=True),
    sa.Column("act", sa.Text, nullable=False, info=PLAIN),
    sa.Column("notice", sa.Text, nullable=True, info=PLAIN),
    sa.Column("notice_version", sa.Integer, nullable=True, info=PLAIN),
    sa.Column("purposes", sa.Text, nullable=False, info=PLAIN),
    sa.Column("method", sa.Text, nullable=True, info=PLAIN),
    sa.Column("captured_at", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("proof", sa.Text, nullable=True, info=PSEUDONYM),
    sa.Column("record_id", sa.Text, nullable=True, info=PSEUDONYM),
    sa.Column("client_id", sa.Text, nullable=True, info=PLAIN),
    sa.Column("recorded_at", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("expires_at", sa.BigInteger, nullable=True, info=PLAIN),
    sa.Column("guardian", sa.Text, nullable=True, info=PSEUDONYM),
    comment="The evidence: acts of giving and withdrawing. `purposes` parted by spaces, `proof` a SHA-256, moments"
    " microseconds since 1970.",
    info=BY_SUBJECT,
    sqlite_with_rowid=False,
)

consent_state = sa.Table(
    "consent_state",
    metadata,
    subject_column(primary_key=True),
    sa.Column("ledger_version", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("state", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("restricted", sa.Boolean, nullable=False, info=PSEUDONYM),
    sa.Column("next_expiry", sa.BigInteger, nullable=True, index=True, info=PLAIN),
    sa.Column("of_age_at", sa.BigInteger, nullable=True, info=PSEUDONYM),
    comment="What the acts of an origin subject add up to: JSON of purpose to its newest grant and withdrawal.",
    info=BY_SUBJECT,
    sqlite_with_rowid=False,
)

subject_merge = sa.Table(
    "subject_merge",
    metadata,
    subject_column(primary_key=True),
    sa.Column("merged_into", UUID, nullable=True, index=True, info=PSEUDONYM),
    sa.Column("merge_id", sa.Text, nullable=False, info=PLAIN),
    sa.Column("merge_version", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("merged_at", UtcTime, nullable=False, info=PLAIN),
    comment="Which origin is read as which; NULL once split again. The highest merge_version wins.",
    info=REFERENCE,
)
