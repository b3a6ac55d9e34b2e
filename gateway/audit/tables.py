"""The audit trail: append-only chains, one for each writer at work, and the signed checkpoints that join their ends."""

import sqlalchemy as sa

from gateway.tables import REFERENCE, metadata
from kernel.store.columns import PLAIN, PSEUDONYM, id_column
from kernel.store.moments import UtcTime

audit_entry = sa.Table(
    "audit_entry",
    metadata,
    sa.Column("chain", sa.Integer, primary_key=True, autoincrement=False, info=PLAIN),
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
    sa.Column("context", sa.JSON(none_as_null=True), nullable=True, info=PSEUDONYM),
    comment="Each hash covers the entry and the hash before it, under a key that is not in the database.",
    info=REFERENCE,
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("chain", sa.Integer, primary_key=True, autoincrement=False, info=PLAIN),
    sa.Column("sequence", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("hash", sa.LargeBinary, nullable=False, info=PLAIN),
    comment="The end of each chain; whoever appends holds one that nobody else holds.",
    info=REFERENCE,
)

audit_checkpoint = sa.Table(
    "audit_checkpoint",
    metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False, info=PLAIN),
    sa.Column("at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("jws", sa.Text, nullable=False, info=PLAIN),
    comment="The ends of all chains at a moment, signed; each names the one before it.",
    info=REFERENCE,
)
