"""What each record counted for its collector."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Records counted before keep what they counted for: nothing tells it any more."""
    op.create_table(
        "collector_share",
        sa.Column("record_id", UUID, nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("subject", UUID, nullable=True),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("answers", sa.LargeBinary(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("record_id"),
        comment="What one record counted for, by collector, so that it can be taken off where the record is withdrawn; erasure deletes by subject.",
    )
    op.create_index("collector_share_collector", "collector_share", ["collector", "subject"])
    op.create_index(op.f("ix_collector_share_subject"), "collector_share", ["subject"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("collector_share")
