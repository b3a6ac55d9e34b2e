"""The first tables of social."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    _create_outgoing()
    _create_incoming()
    _create_topics()
    _create_mentions()
    _create_analyses()


def downgrade() -> None:
    """Drop everything, youngest first."""
    for table in (
        "mention_topic",
        "mention_aspect",
        "mention_analysis",
        "quarantined_mention",
        "mention",
        "topic_book",
        "topic",
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
    op.create_index(
        "ix_outbox_first_sequence",
        "outbox",
        ["first_sequence"],
        unique=False,
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
    op.create_index(
        "ix_dead_letter_subject",
        "dead_letter",
        ["subject"],
        unique=False,
    )
    op.create_table(
        "erased",
        sa.Column("subject", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        comment="Ids of erased people, for ever, so that no backlog, dead letter or rewind brings them back.",
    )
    op.create_table(
        "erasure",
        sa.Column("request_id", sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite"), nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("destroyed", sa.JSON(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("request_id"),
        comment="Erasures to carry out and those confirmed; `destroyed` counts by what it was.",
    )
    op.create_index("ix_erasure_confirmed_at", "erasure", ["confirmed_at"], unique=False)


def _create_topics() -> None:
    op.create_table(
        "topic",
        sa.Column("topic_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("any_of", sa.Text(), nullable=False),
        sa.Column("all_of", sa.Text(), nullable=False),
        sa.Column("none_of", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("labelled", sa.Boolean(), nullable=False),
        sa.Column("label_cursor", sa.Uuid(as_uuid=False), nullable=True),
        sa.PrimaryKeyConstraint("topic_id"),
        comment="`labelled`: mentions older than the topic carry it; `label_cursor`: how far that work has come.",
    )
    op.create_table(
        "topic_book",
        sa.Column("book", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("book"),
        comment="One row, locked by whoever adds a topic and shared by whoever applies the set.",
    )
    op.execute("INSERT INTO topic_book (book, version) VALUES (1, 0)")


def _create_mentions() -> None:
    op.create_table(
        "mention",
        sa.Column("mention_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("published_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("stated_lang", sa.Text(), nullable=True),
        sa.Column("rating", sa.Float(), nullable=True),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("mention_id"),
        comment="`mention_id` is a keyed hash of platform and native id; `pending`: this version is not analysed yet.",
    )
    op.create_index(
        "mention_pending",
        "mention",
        ["mention_id"],
        unique=False,
        sqlite_where=sa.text("pending"),
        postgresql_where=sa.text("pending"),
    )
    op.create_index(
        "mention_published",
        "mention",
        ["published_ms", "mention_id"],
        unique=False,
    )
    op.create_table(
        "quarantined_mention",
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
        comment="What could not be taken and why; the same again is the same row.",
    )


def _create_analyses() -> None:
    op.create_table(
        "mention_analysis",
        sa.Column("mention_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("sentiment", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("abstained", sa.Boolean(), nullable=False),
        sa.Column("emotion", sa.Text(), nullable=False),
        sa.Column("intents", sa.Text(), nullable=False),
        sa.Column("spam", sa.Text(), nullable=False),
        sa.Column("spam_score", sa.Float(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mention_id"),
        comment="What was read in version `version` of a mention.",
    )
    op.create_table(
        "mention_aspect",
        sa.Column("mention_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("aspect", sa.Text(), nullable=False),
        sa.Column("polarity", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mention_id", "aspect"),
        comment="What a mention says about each aspect.",
    )
    op.create_table(
        "mention_topic",
        sa.Column("mention_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("topic_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("published_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mention_id", "topic_id"),
        comment="Which topics a mention speaks of; the time is the mention's, so that a topic's are found in order.",
    )
    op.create_index(
        "mention_topic_published",
        "mention_topic",
        ["topic_id", "published_ms"],
        unique=False,
    )
