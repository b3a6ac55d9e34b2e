"""The gateway's first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Create everything, and the beginning of the audit chain."""
    _create_outgoing()
    _create_incoming()
    _create_clients()
    _create_audit()
    _create_consent()


def downgrade() -> None:
    """Drop everything, youngest first."""
    for table in (
        "subject_merge",
        "consent_state",
        "consent",
        "notice",
        "audit_head",
        "audit_entry",
        "revocation",
        "account",
        "client",
        "erasure",
        "erased",
        "dead_letter",
        "producer_mark",
        "consumer_position",
        "relay",
        "outbox",
    ):
        op.drop_table(table)


def _create_outgoing() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("events", sa.LargeBinary(), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="Events of one transaction, waiting for the relay; numbered when relayed, not when inserted.",
    )
    op.create_index("ix_outbox_first_sequence", "outbox", ["first_sequence"], unique=False)
    op.create_table(
        "relay",
        sa.Column("producer", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("producer"),
        comment="One row: which relay holds the lease, and the sequence counter of this epoch.",
    )


def _create_incoming() -> None:
    op.create_table(
        "consumer_position",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "topic", "partition"),
        comment="The next offset to apply, moved in the transaction of the effect.",
    )
    op.create_table(
        "producer_mark",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("producer", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "topic", "partition", "producer", "epoch"),
        comment="The last sequence applied of each producer: a re-sent event is at or below it.",
    )
    op.create_table(
        "dead_letter",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "topic", "partition", "offset"),
        comment="Events that could not be applied, with their bytes; erasure deletes by subject.",
    )
    op.create_index("ix_dead_letter_subject", "dead_letter", ["subject"], unique=False)
    op.create_table(
        "erased",
        sa.Column("subject", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        comment="Ids of erased people, for ever, so that no backlog, dead letter or rewind brings them back.",
    )
    op.create_table(
        "erasure",
        sa.Column("request_id", UUID, nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("destroyed", sa.JSON(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("request_id"),
        comment="Erasures to carry out and those confirmed; `destroyed` counts by what it was.",
    )
    op.create_index("ix_erasure_confirmed_at", "erasure", ["confirmed_at"], unique=False)


def _create_clients() -> None:
    op.create_table(
        "client",
        sa.Column("id", UUID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("purposes", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("write_key_hash", sa.LargeBinary(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("first", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("first"),
        sa.UniqueConstraint("write_key_hash"),
        comment="`first`: its name among the clients of the first start, so that two starts make them once.",
    )
    op.create_table(
        "account",
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("client_id", UUID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("username"),
        comment="Who may sign in at the console, and as which client they then act.",
    )
    op.create_table(
        "revocation",
        sa.Column("token_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_id"),
        comment="Revoked tokens until they would have expired anyway.",
    )
    op.create_index("ix_revocation_expires_at", "revocation", ["expires_at"], unique=False)


def _create_audit() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", UUID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence"),
        sa.UniqueConstraint("id"),
        comment="Each hash covers the entry and the hash before it, under a key that is not in the database.",
    )
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False)
    op.create_index("ix_audit_entry_client_id", "audit_entry", ["client_id"], unique=False)
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("chain", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain"),
        comment="One row: the end of the chain; locked by whoever appends.",
    )
    head = sa.table(
        "audit_head", sa.column("chain"), sa.column("sequence"), sa.column("hash", sa.LargeBinary)
    )
    op.bulk_insert(head, [{"chain": 1, "sequence": 0, "hash": bytes(32)}])


def _create_consent() -> None:
    op.create_table(
        "notice",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("purposes", sa.JSON(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "version"),
        comment="What people were told; a version never changes.",
    )
    op.create_table(
        "consent",
        sa.Column("id", UUID, nullable=False),
        sa.Column("subject", UUID, nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("notice_version", sa.Integer(), nullable=True),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=True),
        sa.Column("record_id", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", "subject"),
        comment="The evidence: acts of giving and withdrawing. `purposes` parted by spaces, `proof` a SHA-256, moments"
        " microseconds since 1970.",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_consent_subject", "consent", ["subject"], unique=False)
    op.create_table(
        "consent_state",
        sa.Column("subject", UUID, nullable=False),
        sa.Column("ledger_version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        comment="What the acts of an origin subject add up to: JSON of purpose to its newest grant and withdrawal.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subject_merge",
        sa.Column("subject", UUID, nullable=False),
        sa.Column("merged_into", UUID, nullable=True),
        sa.Column("merge_id", sa.Text(), nullable=False),
        sa.Column("merge_version", sa.BigInteger(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        comment="Which origin is read as which; NULL once split again. The highest merge_version wins.",
    )
    op.create_index("ix_subject_merge_merged_into", "subject_merge", ["merged_into"], unique=False)
