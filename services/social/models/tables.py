"""Trained models and the work on them."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, REDACTED
from services.social.tables import metadata

text_model = sa.Table(
    "text_model",
    metadata,
    sa.Column("model_id", sa.Uuid(as_uuid=False), primary_key=True, info=PLAIN),
    sa.Column("name", sa.Text, nullable=False, info=PLAIN),
    sa.Column("state", sa.Text, nullable=False, info=PLAIN),
    sa.Column("examples", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("figures", sa.Text, nullable=False, info=PLAIN),
    sa.Column("file", sa.LargeBinary, nullable=False, info=REDACTED),
    sa.Column("made_ms", sa.BigInteger, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="Models trained here, all kept: `active` answers (without one the shipped model does), `kept` may be taken"
    " up again, `rejected` lost on the frozen test. `figures`: JSON, this model's and those of the one before.",
)

model_job = sa.Table(
    "model_job",
    metadata,
    sa.Column("job_id", sa.Uuid(as_uuid=False), primary_key=True, info=PLAIN),
    sa.Column("kind", sa.Text, nullable=False, info=PLAIN),
    sa.Column("state", sa.Text, nullable=False, info=PLAIN),
    sa.Column("total", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("done", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("cursor", sa.Uuid(as_uuid=False), nullable=True, info=PLAIN),
    sa.Column("model_id", sa.Uuid(as_uuid=False), nullable=True, info=PLAIN),
    sa.Column("trouble", sa.Text, nullable=True, info=PLAIN),
    sa.Column("touched_ms", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("made_ms", sa.BigInteger, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="Trainings and re-analyses with their progress; one that nobody touched for long is taken up again.",
)
