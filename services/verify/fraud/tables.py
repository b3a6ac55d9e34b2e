"""Alerts of the fraud guard."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM
from kernel.store.moments import UtcTime
from services.verify.tables import metadata

alert = sa.Table(
    "fraud_alert",
    metadata,
    sa.Column("bucket", UtcTime, primary_key=True, info=PLAIN),
    sa.Column("rule", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("scope", sa.Text, primary_key=True, info=PSEUDONYM),
    sa.Column("n", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("detail", sa.Text, nullable=False, info=PLAIN),
    sa.Column("blocked", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("first_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("last_at", UtcTime, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="Doubts of one rule about one prefix or client within ten minutes are one alert.",
)
