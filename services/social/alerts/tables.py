"""Alerts with what they last told."""

import sqlalchemy as sa

from kernel.store.columns import CIPHERTEXT, PLAIN
from services.social.tables import metadata

alert = sa.Table(
    "alert",
    metadata,
    sa.Column("alert_id", sa.Uuid(as_uuid=False), primary_key=True, info=PLAIN),
    sa.Column("topic_id", sa.Uuid(as_uuid=False), nullable=True, info=PLAIN),
    sa.Column("url", sa.Text, nullable=False, info=PLAIN),
    sa.Column("sealed", sa.LargeBinary, nullable=False, info=CIPHERTEXT),
    sa.Column("cooldown_h", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("enabled", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("next_ms", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("told_ms", sa.BigInteger, nullable=True, info=PLAIN),
    sa.Column("told_day", sa.Integer, nullable=True, info=PLAIN),
    sa.Column("failures", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("trouble", sa.Text, nullable=True, info=PLAIN),
    info={"distribution": "reference"},
    comment="Webhooks that are told of spikes of a topic (null: of everything); `told_day` counts from 1970 in Vietnam.",
)
