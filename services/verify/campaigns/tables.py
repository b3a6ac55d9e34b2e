"""Campaigns and their items. Numbers are sealed until they are sent to, then destroyed."""

import sqlalchemy as sa

from kernel.store.columns import CIPHERTEXT, PLAIN, PSEUDONYM, UUID
from kernel.store.moments import UtcTime
from services.verify.tables import metadata

campaign = sa.Table(
    "campaign",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("client_id", sa.Text, nullable=False, index=True, info=PLAIN),
    sa.Column("name", sa.Text, nullable=False, info=PLAIN),
    sa.Column("purpose", sa.Text, nullable=False, info=PLAIN),
    sa.Column("channel", sa.Text, nullable=False, info=PLAIN),
    sa.Column("locale", sa.Text, nullable=False, info=PLAIN),
    sa.Column("hours", sa.Text, nullable=False, info=PLAIN),
    sa.Column("pace", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("budget_vnd", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("spent_vnd", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("total", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("state", sa.Text, nullable=False, info=PLAIN),
    sa.Column("reason", sa.Text, nullable=True, info=PLAIN),
    sa.Column("created_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("next_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("ends_at", UtcTime, nullable=False, info=PLAIN),
    info={"distribution": "id"},
    comment="A list to verify; `next_at` is when its next item may be sent.",
)

item = sa.Table(
    "campaign_item",
    metadata,
    sa.Column("campaign_id", UUID, primary_key=True, info=PLAIN),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False, info=PLAIN),
    sa.Column("sealed", sa.LargeBinary, nullable=True, info=CIPHERTEXT),
    sa.Column("subject", UUID, nullable=True, index=True, info=PSEUDONYM),
    sa.Column("state", sa.Text, nullable=False, info=PLAIN),
    sa.Column("reason", sa.Text, nullable=True, info=PLAIN),
    sa.Column("delivery", sa.Text, nullable=True, info=PLAIN),
    sa.Column("verification_id", UUID, nullable=True, info=PLAIN),
    sa.Column("changed_at", UtcTime, nullable=True, info=PLAIN),
    sa.Index("campaign_item_state", "campaign_id", "state", "position"),
    info={"distribution": "campaign_id"},
    comment="One line of a list, by its place in it; `sealed` is destroyed when it was sent to or given up.",
)
