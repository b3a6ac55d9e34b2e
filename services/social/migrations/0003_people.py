"""Whose consent decides over a mention, as whose it was told; files of mentions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
PLAIN_UUID = sa.Uuid(as_uuid=False)
MENTION = (
    "`mention_id` is a keyed hash of platform and native id; `pending`: this version is not analysed yet;"
    " `linkable`: the terms of its platform and of who brought it let it be tied to a person."
)


def upgrade() -> None:
    """Add speakers with the view of consents and merges, what was told of people, and imports."""
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment("mention", MENTION)
    _create_speakers()
    _create_view()
    _extend_mentions()
    _create_imports()


def _create_speakers() -> None:
    op.create_table(
        "speaker",
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("subject", UUID, nullable=True),
        sa.Column("changes", sa.BigInteger(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("author"),
        comment="An author whose platform lets mentions be tied to a person. `account`: the blind index of the handle;"
        " `subject`: whom it leads to, as ingest said; `changes` counts what may alter that, `asked` and `told` how far"
        " ingest was asked and the mentions were told anew.",
    )
    op.create_index("ix_speaker_account", "speaker", ["account"], unique=False)
    op.create_index("ix_speaker_subject", "speaker", ["subject"], unique=False)
    due = sa.text("told < changes")
    op.create_index(
        "speaker_due", "speaker", ["author"], unique=False, sqlite_where=due, postgresql_where=due
    )


def _create_view() -> None:
    op.create_table(
        "speaker_consent",
        sa.Column("subject", UUID, nullable=False),
        sa.Column("ledger_version", sa.BigInteger(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        comment="Consent to profiling, by origin.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "speaker_consent_watermark",
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partition"),
        comment="Up to when each partition's consents are in.",
    )
    op.create_table(
        "speaker_merge",
        sa.Column("merge_id", UUID, nullable=False),
        sa.Column("source", UUID, nullable=False),
        sa.Column("target", UUID, nullable=False),
        sa.Column("merge_version", sa.BigInteger(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("merge_id"),
        comment="The merge map with its splits: of a person's origins the stricter consent counts.",
    )
    op.create_index("ix_speaker_merge_source", "speaker_merge", ["source"], unique=False)
    op.create_index("ix_speaker_merge_target", "speaker_merge", ["target"], unique=False)


def _extend_mentions() -> None:
    op.create_table(
        "mention_told",
        sa.Column("mention_id", PLAIN_UUID, nullable=False),
        sa.Column("subject", UUID, nullable=False),
        sa.PrimaryKeyConstraint("mention_id"),
        comment="Mentions that were told as a person's, and whose; all others count in aggregates only.",
    )
    op.create_index("ix_mention_told_subject", "mention_told", ["subject"], unique=False)
    op.add_column("mention", sa.Column("linkable", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("mention_author", "mention", ["author"], unique=False)


def _create_imports() -> None:
    op.create_table(
        "mention_import",
        sa.Column("import_id", PLAIN_UUID, nullable=False),
        sa.Column("by_client", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("preset", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("duplicate", sa.Integer(), nullable=False),
        sa.Column("edited", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("import_id"),
        comment="`state`: running, done or failed; `problems`: JSON, the first thousand, without values of the file.",
    )
