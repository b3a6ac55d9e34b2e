"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Make every table, and the source that always exists."""
    _create_attempt()
    _create_store()
    _create_outgoing()
    _create_facet()
    _create_grant_use()
    _create_identifier()
    _create_notice()
    _create_quarantine()
    _create_quarantine_index()
    _create_record()
    _create_source()
    _create_subject()
    _create_watermark()
    op.execute(
        "INSERT INTO source (key, name, created_at) VALUES ('default', 'Default', 0) ON CONFLICT (key) DO NOTHING"
    )


def downgrade() -> None:
    """Drop everything."""
    for table in (
        "watermark",
        "subject",
        "source",
        "record",
        "quarantine_index",
        "quarantine",
        "notice",
        "identifier",
        "grant_use",
        "facet",
        "relay",
        "producer_mark",
        "outbox",
        "erasure",
        "erased",
        "dead_letter",
        "consumer_position",
        "attempt",
    ):
        op.drop_table(table)


def _create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", UUID, nullable=False),
        sa.Column("record_id", UUID, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="Records that were sent again: duplicate or conflict. Nothing of their content is kept.",
    )
    op.create_index(op.f("ix_attempt_at"), "attempt", ["at"], unique=False)
    op.create_index(op.f("ix_attempt_record_id"), "attempt", ["record_id"], unique=False)


def _create_store() -> None:
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
    op.create_index(op.f("ix_dead_letter_subject"), "dead_letter", ["subject"], unique=False)
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
    op.create_index(op.f("ix_outbox_first_sequence"), "outbox", ["first_sequence"], unique=False)
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
        "relay",
        sa.Column("producer", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("producer"),
        comment="One row: which relay holds the lease, and the sequence counter of this epoch.",
    )


def _create_facet() -> None:
    op.create_table(
        "facet",
        sa.Column("subject_id", UUID, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("record_id", UUID, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", "hash"),
        comment="Records whose subject block says something new: the ones to open when a field is revealed.",
    )


def _create_grant_use() -> None:
    op.create_table(
        "grant_use",
        sa.Column("jti", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("jti"),
        comment="Grants that were used, until they would have expired anyway.",
    )
    op.create_index(op.f("ix_grant_use_expires_at"), "grant_use", ["expires_at"], unique=False)


def _create_identifier() -> None:
    op.create_table(
        "identifier",
        sa.Column("index", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("subject_id", UUID, nullable=False),
        sa.Column("persons", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("index"),
        comment="Blind index to person. persons: hashes of the different people seen with a phone.",
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_identifier_subject_id"), "identifier", ["subject_id"], unique=False)


def _create_notice() -> None:
    op.create_table(
        "notice",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "version"),
        comment="Published notices: immutable; purposes are separated by spaces.",
    )


def _create_quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", UUID, nullable=False),
        sa.Column("record_id", UUID, nullable=True),
        sa.Column("source", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("reasons", sa.LargeBinary(), nullable=False),
        sa.Column("waits_for", sa.String(length=16), nullable=True),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_as", UUID, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="state: waiting, released, superseded or conflict. record_id and source only where they are what they should be: a mistaken field may hold anything. settled_as: the record it became.",
    )
    op.create_index(op.f("ix_quarantine_record_id"), "quarantine", ["record_id"], unique=False)
    op.create_index(
        "quarantine_content",
        "quarantine",
        ["content_hash"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "quarantine_due",
        "quarantine",
        ["id"],
        unique=False,
        sqlite_where=sa.text("due"),
        postgresql_where=sa.text("due"),
    )
    op.create_index("quarantine_received", "quarantine", ["received_at", "id"], unique=False)
    op.create_index(
        "quarantine_waiting",
        "quarantine",
        ["waits_for", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _create_quarantine_index() -> None:
    op.create_table(
        "quarantine_index",
        sa.Column("index", sa.LargeBinary(), nullable=False),
        sa.Column("quarantine_id", UUID, nullable=False),
        sa.PrimaryKeyConstraint("index", "quarantine_id"),
        comment="Blind indexes of quarantined records: erasure and arriving consents find them by these.",
    )
    op.create_index(
        op.f("ix_quarantine_index_quarantine_id"), "quarantine_index", ["quarantine_id"], unique=False
    )


def _create_record() -> None:
    op.create_table(
        "record",
        sa.Column("id", UUID, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("subject_id", UUID, nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", "source"),
        comment="A record as it was received, in one envelope under its origin subject's key. content_hash is keyed.",
    )
    op.create_index("record_subject", "record", ["subject_id", "received_at"], unique=False)


def _create_source() -> None:
    op.create_table(
        "source",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("default_consent", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        comment="Where records come from; default_consent (JSON) stands for sites that load their SDK after consent.",
    )


def _create_subject() -> None:
    op.create_table(
        "subject",
        sa.Column("id", UUID, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.Column("documents", sa.SmallInteger(), nullable=False),
        sa.Column("facets", sa.LargeBinary(), nullable=False),
        sa.Column("own", sa.LargeBinary(), nullable=True),
        sa.Column("ledger", sa.LargeBinary(), nullable=True),
        sa.Column("ledger_version", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="A person. documents: bits of the kinds of national ids held; facets: hashes of the last facets; own: consent evidence accepted here; ledger: the consent ledger's state as last heard.",
    )


def _create_watermark() -> None:
    op.create_table(
        "watermark",
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("partition"),
        comment="The last heartbeat of the consent ledger in each partition.",
    )
