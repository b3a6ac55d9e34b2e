"""Ladders, send records, evidence with decay, alerts, forensics and campaigns."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Add what they need."""
    _add_campaign()
    _add_campaign_item()
    _add_collector_block()
    _add_collector_record()
    _add_collector_sheet()
    _add_collector_trail()
    _add_fraud_alert()
    _add_number_evidence()
    _add_challenge()
    _add_collector_number()
    _add_collector_tally()
    _add_sending()


def downgrade() -> None:
    """Take it away again, youngest first."""
    op.drop_table("number_evidence")
    op.drop_table("fraud_alert")
    op.drop_table("collector_trail")
    op.drop_table("collector_sheet")
    op.drop_table("collector_record")
    op.drop_table("collector_block")
    op.drop_table("campaign_item")
    op.drop_table("campaign")
    op.drop_index("challenge_number", table_name="challenge")
    op.drop_column("challenge", "method")
    op.drop_column("challenge", "ladder")
    op.drop_column("challenge", "collector")
    op.drop_column("challenge", "ended_at")
    op.drop_index("collector_number_number", table_name="collector_number")
    op.drop_column("collector_tally", "templates")
    op.drop_column("collector_tally", "spoken")
    op.drop_column("collector_tally", "mute")
    op.drop_column("collector_tally", "moves")
    op.drop_column("collector_tally", "jumps")
    op.drop_column("collector_tally", "followed")
    op.drop_column("collector_tally", "overlapped")
    op.drop_column("collector_tally", "checked")
    op.drop_column("collector_tally", "disagreed")
    op.drop_column("collector_tally", "judged")
    op.drop_column("collector_tally", "invented")
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


def _add_campaign() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", UUID, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("pace", sa.Integer(), nullable=False),
        sa.Column("budget_vnd", sa.BigInteger(), nullable=False),
        sa.Column("spent_vnd", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="A list to verify; `next_at` is when its next item may be sent.",
    )
    op.create_index("ix_campaign_client_id", "campaign", ["client_id"], unique=False)


def _add_campaign_item() -> None:
    op.create_table(
        "campaign_item",
        sa.Column("campaign_id", UUID, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("subject", UUID, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.Column("verification_id", UUID, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("campaign_id", "position"),
        comment="One line of a list, by its place in it; `sealed` is destroyed when it was sent to or given up.",
    )
    op.create_index(
        "campaign_item_state", "campaign_item", ["campaign_id", "state", "position"], unique=False
    )
    op.create_index("ix_campaign_item_subject", "campaign_item", ["subject"], unique=False)


def _add_collector_block() -> None:
    op.create_table(
        "collector_block",
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("block", sa.Text(), nullable=False),
        sa.Column("subject", UUID, nullable=False),
        sa.PrimaryKeyConstraint("collector", "block", "subject"),
        comment="In which blocks of a hundred numbers (keyed hashes) a collector's people have theirs.",
        sqlite_with_rowid=False,
    )
    op.create_index("collector_block_subject", "collector_block", ["subject"], unique=False)


def _add_collector_record() -> None:
    op.create_table(
        "collector_record",
        sa.Column("record_id", UUID, nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("subject", UUID, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("record_id"),
        comment="Records that a rule doubts, until a person has looked; erasure deletes by subject.",
    )
    op.create_index("collector_record_queue", "collector_record", ["state", "record_id"], unique=False)
    op.create_index("ix_collector_record_collector", "collector_record", ["collector"], unique=False)
    op.create_index("ix_collector_record_subject", "collector_record", ["subject"], unique=False)


def _add_collector_sheet() -> None:
    op.create_table(
        "collector_sheet",
        sa.Column("subject", UUID, nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("record_id", UUID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", "form"),
        comment="A person's first answers to a form, each hashed: a back-check by somebody else is compared with them.",
    )


def _add_collector_trail() -> None:
    op.create_table(
        "collector_trail",
        sa.Column("collector", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("area", sa.Text(), nullable=True),
        sa.Column("subject", UUID, nullable=True),
        sa.PrimaryKeyConstraint("collector"),
        comment="Where and when a collector was last, to 0.1 degree: what comes next must be within reach.",
    )
    op.create_index("ix_collector_trail_subject", "collector_trail", ["subject"], unique=False)


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


def _add_collector_number() -> None:
    op.create_index("collector_number_number", "collector_number", ["number"], unique=False)


def _add_collector_tally() -> None:
    op.add_column(
        "collector_tally", sa.Column("templates", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("collector_tally", sa.Column("spoken", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("collector_tally", sa.Column("mute", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("collector_tally", sa.Column("moves", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("collector_tally", sa.Column("jumps", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(
        "collector_tally", sa.Column("followed", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "collector_tally", sa.Column("overlapped", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "collector_tally", sa.Column("checked", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "collector_tally", sa.Column("disagreed", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("collector_tally", sa.Column("judged", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(
        "collector_tally", sa.Column("invented", sa.BigInteger(), server_default="0", nullable=False)
    )


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
