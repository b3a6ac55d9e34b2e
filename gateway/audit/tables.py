"""The audit trail: one append-only chain."""

import sqlalchemy as sa

from gateway.tables import REFERENCE, metadata
from kernel.store.columns import PLAIN, PSEUDONYM, id_column
from kernel.store.moments import UtcTime

audit_entry = sa.Table(
    "audit_entry",
    metadata,
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False, info=PLAIN),
    id_column("id", nullable=False, unique=True),
    sa.Column("at", UtcTime, nullable=False, index=True, info=PLAIN),
    sa.Column("client_id", sa.Text, nullable=False, index=True, info=PLAIN),
    sa.Column("action", sa.Text, nullable=False, info=PLAIN),
    sa.Column("subject", sa.Text, nullable=True, index=True, info=PSEUDONYM),
    sa.Column("fields", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("purpose", sa.Text, nullable=True, info=PLAIN),
    sa.Column("decision", sa.Text, nullable=False, info=PLAIN),
    sa.Column("reason", sa.Text, nullable=False, info=PLAIN),
    sa.Column("decision_id", sa.Text, nullable=True, info=PLAIN),
    sa.Column("hash", sa.LargeBinary, nullable=False, info=PLAIN),
    comment="Each hash covers the entry and the hash before it, under a key that is not in the database.",
    info=REFERENCE,
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("chain", sa.Integer, primary_key=True, autoincrement=False, info=PLAIN),
    sa.Column("sequence", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("hash", sa.LargeBinary, nullable=False, info=PLAIN),
    comment="One row: the end of the chain; locked by whoever appends.",
    info=REFERENCE,
)
