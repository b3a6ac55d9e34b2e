"""Tracking plans."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """What a source promised to send."""
    op.create_table(
        "plan",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("enforcement", sa.String(length=8), nullable=False),
        sa.Column("rules", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "kind", "version"),
        comment="What a source promised to send of a kind, never changed: the highest version is in force. enforcement: enforce, report or off; rules: JSON.",
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("plan")
