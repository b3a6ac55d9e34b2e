"""Ladders, send records, evidence with decay, alerts, forensics and campaigns."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Add what they need."""
    _add_fraud_alert()
    _add_number_evidence()
    _add_challenge()
    _add_sending()


def downgrade() -> None:
    """Take it away again, youngest first."""
    op.drop_table("number_evidence")
    op.drop_table("fraud_alert")
    op.drop_index("challenge_number", table_name="challenge")
    op.drop_column("challenge", "method")
    op.drop_column("challenge", "ladder")
    op.drop_column("challenge", "collector")
    op.drop_column("challenge", "ended_at")
    op.drop_index("ix_sending_challenge_id", table_name="sending")
    op.drop_index("ix_sending_reference", table_name="sending")
    op.drop_column("sending", "challenge_id")
    op.drop_column("sending", "attempt")
    op.drop_column("sending", "state")
    op.drop_column("sending", "provider")
    op.drop_column("sending", "reference")
    op.drop_column("sending", "changed_at")
    op.drop_column("sending", "prefix")
    op.drop_column("sending", "block")
    op.drop_column("sending", "ip_key")
    op.drop_column("sending", "device_key")
    op.drop_column("sending", "collector")


def _add_fraud_alert() -> None:
    op.create_table(
        "fraud_alert",
        sa.Column("bucket", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("bucket", "rule", "scope"),
        comment="Doubts of one rule about one prefix or client within ten minutes are one alert.",
    )


def _add_number_evidence() -> None:
    op.create_table(
        "number_evidence",
        sa.Column("number_key", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", UUID, nullable=True),
        sa.Column("recycled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number_key", "kind"),
        comment="The newest finding of each kind by number (keyed hash); its confidence is computed when asked for.",
    )
    op.create_index("ix_number_evidence_subject", "number_evidence", ["subject"], unique=False)


def _add_challenge() -> None:
    op.add_column("challenge", sa.Column("method", sa.Text(), server_default="code", nullable=False))
    op.add_column("challenge", sa.Column("ladder", sa.Text(), server_default="", nullable=False))
    op.add_column("challenge", sa.Column("collector", sa.Text(), nullable=True))
    op.add_column("challenge", sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("challenge_number", "challenge", ["number_key", "created_at"], unique=False)


def _add_sending() -> None:
    op.add_column("sending", sa.Column("challenge_id", UUID, nullable=True))
    op.add_column("sending", sa.Column("attempt", sa.Integer(), server_default="1", nullable=False))
    op.add_column("sending", sa.Column("state", sa.Text(), server_default="sent", nullable=False))
    op.add_column("sending", sa.Column("provider", sa.Text(), server_default="", nullable=False))
    op.add_column("sending", sa.Column("reference", sa.Text(), nullable=True))
    op.add_column("sending", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sending", sa.Column("prefix", sa.Text(), server_default="", nullable=False))
    op.add_column("sending", sa.Column("block", sa.LargeBinary(), nullable=True))
    op.add_column("sending", sa.Column("ip_key", sa.LargeBinary(), nullable=True))
    op.add_column("sending", sa.Column("device_key", sa.LargeBinary(), nullable=True))
    op.add_column("sending", sa.Column("collector", sa.Text(), nullable=True))
    op.create_index("ix_sending_challenge_id", "sending", ["challenge_id"], unique=False)
    op.create_index("ix_sending_reference", "sending", ["reference"], unique=False)
