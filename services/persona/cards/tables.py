"""Personas with their versions, real words of people, and who belongs to which."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PROFILE, REDACTED, id_column, subject_column
from kernel.store.moments import UtcTime
from services.persona.tables import metadata

persona = sa.Table(
    "persona",
    metadata,
    id_column("id", primary_key=True),
    id_column("study_id", nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("retired", sa.Boolean, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="`retired`: the study's newest run found no such group.",
)

persona_version = sa.Table(
    "persona_version",
    metadata,
    id_column("persona_id", primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, info=PLAIN),
    id_column("run_id", nullable=False),
    sa.Column("at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("card", sa.JSON, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="The card as published: aggregates only, small cells suppressed.",
)

persona_quote = sa.Table(
    "persona_quote",
    metadata,
    id_column("persona_id", primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, info=PLAIN),
    sa.Column("position", sa.Integer, primary_key=True, info=PLAIN),
    subject_column("person", nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False, info=REDACTED),
    sa.Column("source", sa.Text, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="Beside the card, so that it goes with its speaker's consent.",
)

assignment = sa.Table(
    "assignment",
    metadata,
    subject_column("person", primary_key=True),
    id_column("run_id", primary_key=True, index=True),
    id_column("persona_id", nullable=False),
    id_column("runner_up", nullable=True),
    sa.Column("margin", sa.Float, nullable=True, info=PROFILE),
    sa.Column("why", sa.Text, nullable=False, info=PROFILE),
    sa.Column("change_to", sa.Text, nullable=True, info=PROFILE),
    info={"distribution": "person"},
    comment="`why` and `change_to` are JSON, made by the run.",
)

publication = sa.Table(
    "publication",
    metadata,
    id_column("study_id", primary_key=True),
    id_column("run_id", nullable=False),
    sa.Column("at", UtcTime, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="Which run's personas and assignments stand for a study now.",
)
