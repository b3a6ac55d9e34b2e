"""The first tables of verify."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Create everything."""
    _create_outgoing()
    _create_incoming()
    _create_challenges()
    _create_counters()
    _create_holders()
    _create_collectors()


def downgrade() -> None:
    """Drop everything, youngest first."""
    for table in (
        "collector_answers",
        "collector_number",
        "collector_device",
        "collector_tally",
        "holder_watermark",
        "holder_merge",
        "holder_consent",
        "sending_gate",
        "sending",
        "number_checks",
        "code_checks",
        "evidence",
        "challenge",
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


def _create_challenges() -> None:
    op.create_table(
        "challenge",
        sa.Column("id", UUID, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("subject", UUID, nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_resend_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="A verification; `sealed` and `code_hash` are destroyed at its end.",
    )
    op.create_index(
        "challenge_pending",
        "challenge",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_challenge_created_at", "challenge", ["created_at"], unique=False)
    op.create_index("ix_challenge_subject", "challenge", ["subject"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("id", UUID, nullable=False),
        sa.Column("verification_id", UUID, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("subject", UUID, nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="Who proved possession of which number (by keyed hash), how and when; erasure deletes by subject.",
    )
    op.create_index("ix_evidence_subject", "evidence", ["subject"], unique=False)


def _create_counters() -> None:
    op.create_table(
        "code_checks",
        sa.Column("challenge_id", UUID, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("challenge_id", "client_id"),
        comment="Checks of any id a client asked for, known or not, so that neither answers differently.",
    )
    op.create_index("ix_code_checks_at", "code_checks", ["at"], unique=False)
    op.create_table(
        "number_checks",
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number_key", "hour"),
        comment="Checks by number and hour: the budget that survives resends and new verifications.",
    )
    op.create_index("ix_number_checks_hour", "number_checks", ["hour"], unique=False)
    op.create_table(
        "sending",
        sa.Column("id", UUID, nullable=False),
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("price_vnd", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="Codes sent in the last day, for the caps; counted before they are sent.",
    )
    op.create_index("ix_sending_at", "sending", ["at"], unique=False)
    op.create_index("sending_client", "sending", ["client_id", "at"], unique=False)
    op.create_index("sending_number", "sending", ["number_key", "at"], unique=False)
    op.create_table(
        "sending_gate",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="One row, written by each sending: caps are judged one after the other, never side by side.",
    )


def _create_holders() -> None:
    op.create_table(
        "holder_consent",
        sa.Column("subject", UUID, nullable=False),
        sa.Column("ledger_version", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        comment="Consent to `verification` by origin subject; the highest version of the ledger wins.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "holder_merge",
        sa.Column("merge_id", UUID, nullable=False),
        sa.Column("source", UUID, nullable=False),
        sa.Column("target", UUID, nullable=False),
        sa.Column("merge_version", sa.BigInteger(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("merge_id"),
        comment="Which subject is read as which; a split marks its merge undone.",
    )
    op.create_index("ix_holder_merge_target", "holder_merge", ["target"], unique=False)
    op.create_table(
        "holder_watermark",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seen_to", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partition"),
        comment="Every consent change recorded before `seen_to` is in this view.",
    )


def _create_collectors() -> None:
    op.create_table(
        "collector_tally",
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("timed", sa.BigInteger(), nullable=False),
        sa.Column("hasty", sa.BigInteger(), nullable=False),
        sa.Column("surveys", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("collector"),
        comment="Records of a collector; of these with a duration, faster than a person can ask, and surveys.",
    )
    op.create_table(
        "collector_device",
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("device", "collector"),
        comment="Which devices (keyed hashes) a collector used.",
    )
    op.create_index("ix_collector_device_collector", "collector_device", ["collector"], unique=False)
    op.create_table(
        "collector_number",
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("subject", UUID, nullable=False),
        sa.PrimaryKeyConstraint("collector", "number", "subject"),
        comment="Which numbers (blind indexes) a collector gave to which people; erasure deletes by subject.",
        sqlite_with_rowid=False,
    )
    op.create_index("collector_number_subject", "collector_number", ["subject"], unique=False)
    op.create_table(
        "collector_answers",
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("surveys", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("collector", "answers"),
        comment="How often a collector handed in the same answers (by hash, with the form).",
        sqlite_with_rowid=False,
    )
