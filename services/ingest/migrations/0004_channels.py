"""Webhooks in, campaigns, referrals, conflicts, and what was done with quarantined records."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Make the tables of the channels."""
    _create_hooks()
    _create_quarantine()
    _create_campaigns()
    _create_responses()
    _create_referrals()


def downgrade() -> None:
    """Drop them."""
    op.drop_index("quarantine_contested", "quarantine")
    for table in (
        "referral_edge",
        "verified_subject",
        "campaign_response",
        "campaign_spend",
        "campaign",
        "quarantine_job",
        "quarantine_change",
        "hook_thing",
        "hook_fetch",
        "hook_count",
        "hook",
    ):
        op.drop_table(table)


def _create_hooks() -> None:
    op.create_table(
        "hook",
        sa.Column("id", UUID, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("settings", sa.LargeBinary(), nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="Webhooks in. settings: mapping, consent, basis (JSON). secrets: sealed under the hook's own key.",
    )
    op.create_index("hook_created", "hook", ["created_at", "id"], unique=False)
    op.create_table(
        "hook_count",
        sa.Column("hook_id", UUID, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hook_id", "outcome"),
        comment="Deliveries and records of a hook by what became of them.",
    )
    op.create_table(
        "hook_fetch",
        sa.Column("id", UUID, nullable=False),
        sa.Column("hook_id", UUID, nullable=False),
        sa.Column("what", sa.String(8), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="Leads (what: lead) and pages of a form's leads (form) to be fetched at the provider. A row goes once its"
        " leads are stored; after: where the last stored page ended. state: waiting, or gone where it is there no more.",
    )
    op.create_index(op.f("ix_hook_fetch_hook_id"), "hook_fetch", ["hook_id"], unique=False)
    op.create_index("hook_fetch_due", "hook_fetch", ["state", "due_at"], unique=False)
    op.create_table(
        "hook_thing",
        sa.Column("id", UUID, nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("record_id", UUID, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id", "source"],
            ["record.id", "record.source"],
            name="hook_thing_record",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id"),
        comment="The newest stored state of each customer or order that hooks bring; a row goes with its record.",
    )
    op.create_index("hook_thing_record", "hook_thing", ["record_id", "source"], unique=False)


def _create_quarantine() -> None:
    contested = sa.text("state = 'contested'")
    op.create_index(
        "quarantine_contested",
        "quarantine",
        ["content_hash"],
        unique=False,
        sqlite_where=contested,
        postgresql_where=contested,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment(
            "quarantine",
            "state: waiting or contested; or how it left. record_id and source only where they are what they"
            " should be: a mistaken field may hold anything. settled_as: the record it became.",
        )
    op.create_table(
        "quarantine_change",
        sa.Column("id", UUID, nullable=False),
        sa.Column("quarantine_id", UUID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("old_hash", sa.LargeBinary(), nullable=True),
        sa.Column("new_hash", sa.LargeBinary(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["quarantine_id"], ["quarantine.id"], name="quarantine_change_item", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "quarantine_id"),
        comment="Who did what with a quarantined record. Hashes are keyed; nothing of a content is kept. A row goes with its item.",
    )
    op.create_index(
        op.f("ix_quarantine_change_quarantine_id"), "quarantine_change", ["quarantine_id"], unique=False
    )
    op.create_table(
        "quarantine_job",
        sa.Column("id", UUID, nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("sought", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("outcomes", sa.LargeBinary(), nullable=False),
        sa.Column("upto", UUID, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="Many items released or dismissed at once: how far it is (upto), and what became of them.",
    )
    op.create_index(op.f("ix_quarantine_job_state"), "quarantine_job", ["state"], unique=False)


def _create_campaigns() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", UUID, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("medium", sa.String(16), nullable=False),
        sa.Column("creative", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        comment="Press, television, outdoor and other advertising that people answer.",
    )
    op.create_table(
        "campaign_spend",
        sa.Column("id", UUID, nullable=False),
        sa.Column("campaign_id", UUID, nullable=False),
        sa.Column("spent_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="What was spent, in đồng; a negative amount takes one back. Never changed.",
    )
    op.create_index(op.f("ix_campaign_spend_campaign_id"), "campaign_spend", ["campaign_id"], unique=False)


def _create_responses() -> None:
    op.create_table(
        "campaign_response",
        sa.Column("record_id", UUID, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("campaign", sa.String(64), nullable=False),
        sa.Column("subject_id", UUID, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id", "source"],
            ["record.id", "record.source"],
            name="campaign_response_record",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("record_id", "source"),
        comment="Stored records that name a campaign, by its key or id; one goes with its record.",
    )
    op.create_index(
        "campaign_response_campaign", "campaign_response", ["campaign", "subject_id"], unique=False
    )
    op.create_table(
        "verified_subject",
        sa.Column("subject_id", UUID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id"),
        comment="Who proved to hold their phone, and when first.",
    )


def _create_referrals() -> None:
    op.create_table(
        "referral_edge",
        sa.Column("record_id", UUID, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("index", sa.LargeBinary(), nullable=False),
        sa.Column("subject_id", UUID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["record_id", "source"],
            ["record.id", "record.source"],
            name="referral_edge_record",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("record_id", "source", "place"),
        comment="Who referred whom: the referred one as blind indexes, which lead to a person only once a record of theirs,"
        " with their consent, is stored. A row goes with its record.",
    )
    op.create_index(op.f("ix_referral_edge_index"), "referral_edge", ["index"], unique=False)
    op.create_index(op.f("ix_referral_edge_subject_id"), "referral_edge", ["subject_id"], unique=False)
    op.create_index("referral_edge_at", "referral_edge", ["at", "record_id"], unique=False)
