"""Who may be portrayed, and who is who: the service's own view of consents, merges and erasures."""

import sqlalchemy as sa

from kernel.consents.view import add_watermarks
from kernel.store.columns import PLAIN, id_column, subject_column
from services.persona.tables import metadata

consent = sa.Table(
    "consent",
    metadata,
    subject_column("subject", primary_key=True),
    sa.Column("ledger_version", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("profiling", sa.Text, nullable=False, info=PLAIN),
    sa.Column("restricted", sa.Boolean, nullable=False, info=PLAIN),
    info={"distribution": "subject"},
    comment="By origin. `profiling`: granted, withdrawn or never.",
    sqlite_with_rowid=False,
)

watermarks = add_watermarks(
    metadata, "consent_watermark", "at", "Up to when each partition's consents are in."
)

merge = sa.Table(
    "merge",
    metadata,
    id_column("merge_id", primary_key=True),
    subject_column("subject", nullable=False, index=True),
    subject_column("into_subject", nullable=True, index=True),
    sa.Column("merge_version", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("active", sa.Boolean, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="The merge map with its splits: applied when reading. Small beside the facts.",
)
