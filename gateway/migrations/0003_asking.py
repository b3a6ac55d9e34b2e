"""Personal links by which people are asked for their consent."""

import sqlalchemy as sa
from alembic import op

from kernel.store.moments import UtcTime

revision = "0003"
down_revision = "0002"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "consent_ask",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("subject", UUID, nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("notice_version", sa.Integer(), nullable=False),
        sa.Column("purposes", sa.JSON(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("answered_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("token_hash", "subject"),
        comment="Personal links by which people are asked for their consent; each is good for one answer.",
    )
    op.create_index(op.f("ix_consent_ask_subject"), "consent_ask", ["subject"], unique=False)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("consent_ask")
