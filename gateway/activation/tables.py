"""Webhooks, and the messages that wait for them or were sent."""

import sqlalchemy as sa

from gateway.tables import REFERENCE, metadata
from kernel.store.columns import CIPHERTEXT, PLAIN, PSEUDONYM, id_column
from kernel.store.moments import UtcTime

webhook = sa.Table(
    "webhook",
    metadata,
    id_column("id", primary_key=True),
    id_column("client_id", nullable=False, index=True),
    sa.Column("url", sa.Text, nullable=False, info=PLAIN),
    sa.Column("kinds", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("secret", sa.LargeBinary, nullable=False, info=CIPHERTEXT),
    sa.Column("former_secret", sa.LargeBinary, nullable=True, info=CIPHERTEXT),
    sa.Column("former_until", UtcTime, nullable=True, info=PLAIN),
    sa.Column("state", sa.Text, nullable=False, info=PLAIN),
    sa.Column("trouble", sa.Text, nullable=True, info=PLAIN),
    sa.Column("failures", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("dropped", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("next_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("created_at", UtcTime, nullable=False, info=PLAIN),
    comment="A destination; its secrets are sealed. `next_at`: when its next message is due, or a sender's lease ends.",
    info=REFERENCE,
)

webhook_message = sa.Table(
    "webhook_message",
    metadata,
    id_column("id", primary_key=True),
    id_column("webhook_id", nullable=False),
    sa.Column("key", sa.Text, nullable=False, info=PLAIN),
    sa.Column("kind", sa.Text, nullable=False, info=PLAIN),
    sa.Column("subject", sa.Text, nullable=True, index=True, info=PSEUDONYM),
    sa.Column("body", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("state", sa.Text, nullable=False, info=PLAIN),
    sa.Column("tries", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("next_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("answer", sa.Text, nullable=True, info=PLAIN),
    sa.Column("created_at", UtcTime, nullable=False, index=True, info=PLAIN),
    sa.Column("ended_at", UtcTime, nullable=True, info=PLAIN),
    sa.UniqueConstraint("webhook_id", "key"),
    sa.Index("ix_webhook_message_due", "webhook_id", "state", "next_at"),
    comment="`answer`: the last status, or why none came. Kept for 14 days, to be sent again.",
    info=REFERENCE,
)
