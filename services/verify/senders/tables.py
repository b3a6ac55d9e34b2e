"""The carriers' circuits, kept so that all processes of the service leave the same carriers alone."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN
from kernel.store.moments import UtcTime
from services.verify.tables import metadata

circuit = sa.Table(
    "carrier_circuit",
    metadata,
    sa.Column("sender", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("failures", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("open_until", UtcTime, nullable=True, info=PLAIN),
    info={"distribution": "reference"},
    comment="Failures of a carrier in a row, counted over all processes; until `open_until` it is left alone.",
)
