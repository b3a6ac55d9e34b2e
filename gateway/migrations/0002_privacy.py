"""Requests of data subjects."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the requests and what services confirm."""
    op.create_table(
        "privacy_request",
        sa.Column("id", UUID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", UUID, nullable=False),
        sa.Column("origins", sa.JSON(), nullable=False),
        sa.Column("purposes", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("acknowledge_by", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("exported_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="What people asked for. `reason` is theirs, `answer` ours, both without what identifies; `purposes` parted"
        " by spaces; `origins` the ids that the person had then.",
    )
    op.create_index("ix_privacy_request_state", "privacy_request", ["state"], unique=False)
    op.create_index("ix_privacy_request_subject", "privacy_request", ["subject"], unique=False)
    op.create_table(
        "privacy_confirmation",
        sa.Column("request_id", UUID, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("destroyed", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "service"),
        comment="What each service says to have destroyed and what it must keep, and when.",
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("privacy_confirmation")
    op.drop_table("privacy_request")
