"""Connectors with their state, and mentions that leave."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

UUID = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    """Add connectors, where mentions come from, and what was taken back."""
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


def downgrade() -> None:
    """Drop them."""
    for table in ("mention_removed", "mention_origin", "connector"):
        op.drop_table(table)
