"""The first tables of persona."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Create everything."""
    _create_assignment()
    _create_dead_letter()
    _create_merge()
    _create_persona_quote()
    _create_publication()
    _create_study()


def downgrade() -> None:
    """Drop everything, youngest first."""
    for table in (
        "study",
        "run",
        "relay",
        "publication",
        "producer_mark",
        "persona_version",
        "persona_quote",
        "persona",
        "outbox",
        "merge",
        "erasure",
        "erased",
        "dead_letter",
        "consumer_position",
        "consent_watermark",
        "consent",
        "assignment",
    ):
        op.drop_table(table)


def _create_assignment() -> None:
    op.create_table(
        "assignment",
        sa.Column("person", UUID, nullable=False),
        sa.Column("run_id", UUID, nullable=False),
        sa.Column("persona_id", UUID, nullable=False),
        sa.Column("runner_up", UUID, nullable=True),
        sa.Column("margin", sa.Float(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("change_to", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("person", "run_id"),
        comment="`why` and `change_to` are JSON, made by the run.",
    )
    op.create_index("ix_assignment_run_id", "assignment", ["run_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("subject", UUID, nullable=False),
        sa.Column("ledger_version", sa.BigInteger(), nullable=False),
        sa.Column("profiling", sa.Text(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        comment="By origin. `profiling`: granted, withdrawn or never.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "consent_watermark",
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partition"),
        comment="Up to when each partition's consents are in.",
    )
    op.create_table(
        "consumer_position",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "topic", "partition"),
        comment="The next offset to apply, moved in the transaction of the effect.",
    )


def _create_dead_letter() -> None:
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


def _create_merge() -> None:
    op.create_table(
        "merge",
        sa.Column("merge_id", UUID, nullable=False),
        sa.Column("subject", UUID, nullable=False),
        sa.Column("into_subject", UUID, nullable=True),
        sa.Column("merge_version", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("merge_id"),
        comment="The merge map with its splits: applied when reading. Small beside the facts.",
    )
    op.create_index("ix_merge_into_subject", "merge", ["into_subject"], unique=False)
    op.create_index("ix_merge_subject", "merge", ["subject"], unique=False)
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
        "persona",
        sa.Column("id", UUID, nullable=False),
        sa.Column("study_id", UUID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="`retired`: the study's newest run found no such group.",
    )
    op.create_index("ix_persona_study_id", "persona", ["study_id"], unique=False)


def _create_persona_quote() -> None:
    op.create_table(
        "persona_quote",
        sa.Column("persona_id", UUID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("person", UUID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("persona_id", "version", "position"),
        comment="Beside the card, so that it goes with its speaker's consent.",
    )
    op.create_index("ix_persona_quote_person", "persona_quote", ["person"], unique=False)
    op.create_table(
        "persona_version",
        sa.Column("persona_id", UUID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("run_id", UUID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("persona_id", "version"),
        comment="The card as published: aggregates only, small cells suppressed.",
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


def _create_publication() -> None:
    op.create_table(
        "publication",
        sa.Column("study_id", UUID, nullable=False),
        sa.Column("run_id", UUID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("study_id"),
        comment="Which run's personas and assignments stand for a study now.",
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
    op.create_table(
        "run",
        sa.Column("id", UUID, nullable=False),
        sa.Column("study_id", UUID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.Column("quality", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("personas", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="`holder` works on it until `lease_until` (epoch seconds); then another may.",
    )
    op.create_index("ix_run_state", "run", ["state"], unique=False)
    op.create_index("ix_run_study_id", "run", ["study_id"], unique=False)


def _create_study() -> None:
    op.create_table(
        "study",
        sa.Column("id", UUID, nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="What was asked, never changed.",
    )
