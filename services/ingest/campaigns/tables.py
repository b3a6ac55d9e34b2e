"""Campaigns, their spend, the records that answer them, and who proved to hold their phone."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM, UUID
from services.ingest.tables import MOMENT, metadata

campaign = sa.Table(
    "campaign",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("key", sa.String(64), nullable=False, unique=True, info=PLAIN),
    sa.Column("name", sa.Text, nullable=False, info=PLAIN),
    sa.Column("medium", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("creative", sa.Text, nullable=True, info=PLAIN),
    sa.Column("starts_on", sa.Date, nullable=True, info=PLAIN),
    sa.Column("ends_on", sa.Date, nullable=True, info=PLAIN),
    sa.Column("created_by", sa.Text, nullable=False, info=PSEUDONYM),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="Press, television, outdoor and other advertising that people answer.",
)

campaign_spend = sa.Table(
    "campaign_spend",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("campaign_id", UUID, nullable=False, index=True, info=PLAIN),
    sa.Column("spent_on", sa.Date, nullable=False, info=PLAIN),
    sa.Column("amount", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("note", sa.Text, nullable=True, info=PLAIN),
    sa.Column("created_by", sa.Text, nullable=False, info=PSEUDONYM),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="What was spent, in đồng; a negative amount takes one back. Never changed.",
)

campaign_response = sa.Table(
    "campaign_response",
    metadata,
    sa.Column("record_id", UUID, primary_key=True, info=PLAIN),
    sa.Column("source", sa.String(64), primary_key=True, info=PLAIN),
    sa.Column("campaign", sa.String(64), nullable=False, info=PLAIN),
    sa.Column("subject_id", UUID, nullable=True, info=PSEUDONYM),
    sa.Column("at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("trust", sa.Float, nullable=True, info=PLAIN),
    sa.ForeignKeyConstraint(
        ["record_id", "source"],
        ["record.id", "record.source"],
        name="campaign_response_record",
        ondelete="CASCADE",
    ),
    sa.Index("campaign_response_campaign", "campaign", "subject_id"),
    info={"distribution": "record_id"},
    comment="Stored records that name a campaign, by its key or id; one goes with its record.",
)

verified_subject = sa.Table(
    "verified_subject",
    metadata,
    sa.Column("subject_id", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "subject_id"},
    comment="Who proved to hold their phone, and when first.",
)
