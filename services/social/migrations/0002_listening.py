"""Connectors with their state, mentions that leave, and how analyses are corrected, and alerts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

UUID = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    """Add connectors, where mentions come from, what was taken back, corrections, models and alerts."""
    _create_sources()
    _create_corrections()
    _create_alerts()


def _create_sources() -> None:
    op.create_table(
        "connector",
        sa.Column("connector_id", UUID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("next_ms", sa.BigInteger(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("heard_ms", sa.BigInteger(), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connector_id"),
        comment="`options` and `state` (cursor, ETag) are JSON; `sealed`: secrets under a key outside the database;"
        " `next_ms`: when it is read next, null where it only sends; `trouble`: a code, null where it is well.",
    )
    op.create_table(
        "mention_origin",
        sa.Column("mention_id", UUID, nullable=False),
        sa.Column("connector_id", UUID, nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("mention_id"),
        comment="Which connector brought a mention, and until when its terms let it be kept unless it is seen again.",
    )
    op.create_index("mention_origin_expires", "mention_origin", ["expires_ms"], unique=False)
    op.create_table(
        "mention_removed",
        sa.Column("mention_id", UUID, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mention_id"),
        comment="Mentions that their platform or author took back: a repeated call does not bring them in again.",
    )


def _create_corrections() -> None:
    op.create_table(
        "mention_review",
        sa.Column("mention_id", UUID, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("by_client", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mention_id"),
        comment="What a person says of an analysis: `disputed`, or `corrected` with labels (JSON). Goes with its mention.",
    )
    op.create_table(
        "text_model",
        sa.Column("model_id", UUID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("examples", sa.Integer(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("model_id"),
        comment="Models trained here, all kept: `active` answers (without one the shipped model does), `kept` may be taken"
        " up again, `rejected` lost on the frozen test. `figures`: JSON, this model's and those of the one before.",
    )
    op.create_table(
        "model_job",
        sa.Column("job_id", UUID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("cursor", UUID, nullable=True),
        sa.Column("model_id", UUID, nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("touched_ms", sa.BigInteger(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job_id"),
        comment="Trainings and re-analyses with their progress; one that nobody touched for long is taken up again.",
    )


def _create_alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("alert_id", UUID, nullable=False),
        sa.Column("topic_id", UUID, nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("cooldown_h", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("next_ms", sa.BigInteger(), nullable=False),
        sa.Column("told_ms", sa.BigInteger(), nullable=True),
        sa.Column("told_day", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("alert_id"),
        comment="Webhooks that are told of spikes of a topic (null: of everything); `told_day` counts from 1970 in Vietnam.",
    )


def downgrade() -> None:
    """Drop them."""
    for table in (
        "alert",
        "model_job",
        "text_model",
        "mention_review",
        "mention_removed",
        "mention_origin",
        "connector",
    ):
        op.drop_table(table)
