"""Invitations by email, whom not to contact, circuits that processes share."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Add what they need."""
    op.create_table(
        "carrier_circuit",
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sender"),
        comment="Failures of a carrier in a row, counted over all processes; until `open_until` it is left alone.",
    )
    op.create_table(
        "contact_mark",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("subject", UUID, nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_by", sa.Text(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key"),
        comment="By keyed hash of a number or address: whether its holder may be contacted unasked, and when they were.",
    )
    op.create_index("ix_contact_mark_subject", "contact_mark", ["subject"], unique=False)
    for name in ("served", "unserved"):
        column: sa.Column[bool] = sa.Column(
            name, sa.Boolean(), server_default=sa.text("false"), nullable=False
        )
        op.add_column("holder_consent", column)


def downgrade() -> None:
    """Take it away again, youngest first."""
    for name in ("unserved", "served"):
        op.drop_column("holder_consent", name)
    op.drop_table("contact_mark")
    op.drop_table("carrier_circuit")
