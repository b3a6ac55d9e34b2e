"""The ledger of merges and splits, and the suggestions."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM, REDACTED, UUID
from services.ingest.tables import MOMENT, metadata

merge_entry = sa.Table(
    "merge_entry",
    metadata,
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False, info=PLAIN),
    sa.Column("merge_id", UUID, nullable=False, index=True, info=PLAIN),
    sa.Column("act", sa.String(8), nullable=False, info=PLAIN),
    sa.Column("source", UUID, nullable=False, index=True, info=PSEUDONYM),
    sa.Column("target", UUID, nullable=False, index=True, info=PSEUDONYM),
    sa.Column("reason", sa.Text, nullable=False, info=REDACTED),
    sa.Column("suggestion_id", UUID, nullable=True, info=PLAIN),
    sa.Column("client_id", sa.Text, nullable=False, info=PLAIN),
    sa.Column("at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="Append-only: act is merged (source is read as target from then on) or split (the merge is undone).",
)

suggestion = sa.Table(
    "suggestion",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("a", UUID, nullable=False, info=PSEUDONYM),
    sa.Column("b", UUID, nullable=False, index=True, info=PSEUDONYM),
    sa.Column("probability", sa.Float, nullable=False, info=PLAIN),
    sa.Column("evidence", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("found_by", sa.String(8), nullable=False, info=PLAIN),
    sa.Column("state", sa.String(8), nullable=False, info=PLAIN),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("settled_at", MOMENT, nullable=True, info=PLAIN),
    sa.Column("settled_by", sa.Text, nullable=True, info=PLAIN),
    sa.UniqueConstraint("a", "b", name="suggestion_pair"),
    sa.Index("suggestion_state", "state", "id"),
    info={"distribution": "reference"},
    comment="Two subjects that may be one person (a < b). state: open, accepted or rejected; found_by: rule or model;"
    " evidence: JSON of which fields agree and how strongly, without their values.",
)
