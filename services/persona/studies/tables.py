"""Studies and their runs."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, id_column
from kernel.store.moments import UtcTime
from services.persona.tables import metadata

study = sa.Table(
    "study",
    metadata,
    id_column("id", primary_key=True),
    sa.Column("spec", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("created_by", sa.Text, nullable=False, info=PLAIN),
    sa.Column("created_at", UtcTime, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="What was asked, never changed.",
)

run = sa.Table(
    "run",
    metadata,
    id_column("id", primary_key=True),
    id_column("study_id", nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False, index=True, info=PLAIN),
    sa.Column("progress", sa.Float, nullable=False, info=PLAIN),
    sa.Column("stage", sa.Text, nullable=False, info=PLAIN),
    sa.Column("attempts", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("holder", sa.Text, nullable=True, info=PLAIN),
    sa.Column("lease_until", sa.Float, nullable=False, info=PLAIN),
    sa.Column("quality", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("reasons", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("personas", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("created_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("finished_at", UtcTime, nullable=True, info=PLAIN),
    info={"distribution": "reference"},
    comment="`holder` works on it until `lease_until` (epoch seconds); then another may.",
)
