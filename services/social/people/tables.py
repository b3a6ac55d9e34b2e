"""Speakers, and who of them may be portrayed: the service's own view of consents and merges."""

import sqlalchemy as sa

from kernel.consents.view import add_watermarks
from kernel.store.columns import PLAIN, PSEUDONYM, id_column, subject_column
from services.social.tables import metadata

_DUE = sa.text("told < changes")

speaker = sa.Table(
    "speaker",
    metadata,
    sa.Column("author", sa.Text, primary_key=True, info=PSEUDONYM),
    sa.Column("account", sa.Text, nullable=False, index=True, info=PSEUDONYM),
    subject_column("subject", nullable=True, index=True),
    sa.Column("changes", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("asked", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("told", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Index("speaker_due", "author", sqlite_where=_DUE, postgresql_where=_DUE),
    info={"distribution": "author"},
    comment="An author whose platform lets mentions be tied to a person. `account`: the blind index of the handle;"
    " `subject`: whom it leads to, as ingest said; `changes` counts what may alter that, `asked` and `told` how far"
    " ingest was asked and the mentions were told anew.",
)

consent = sa.Table(
    "speaker_consent",
    metadata,
    subject_column("subject", primary_key=True),
    sa.Column("ledger_version", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("granted", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("withdrawn", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("restricted", sa.Boolean, nullable=False, info=PLAIN),
    info={"distribution": "subject"},
    comment="Consent to profiling, by origin.",
    sqlite_with_rowid=False,
)

watermarks = add_watermarks(
    metadata, "speaker_consent_watermark", "at", "Up to when each partition's consents are in."
)

merge = sa.Table(
    "speaker_merge",
    metadata,
    id_column("merge_id", primary_key=True),
    subject_column("source", nullable=False, index=True),
    subject_column("target", nullable=False, index=True),
    sa.Column("merge_version", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("undone", sa.Boolean, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="The merge map with its splits: of a person's origins the stricter consent counts.",
)
