"""First answers under an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "kept_answer",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("mentions", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="First answers under an Idempotency-Key, for 24 hours. `id` and `request` are keyed hashes; `mentions`"
        " are the ids that the answer names, by which erasure finds it. No answer: it was carried out, and not answered.",
    )
    op.create_index("ix_kept_answer_at", "kept_answer", ["at"], unique=False)


def downgrade() -> None:
    """Drop the table: answers are not given again."""
    op.drop_table("kept_answer")
