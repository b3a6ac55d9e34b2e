"""Merges, suggestions, and what is known of identifiers beyond whom they lead to."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
SUBJECT = (
    "A person. documents: bits of the kinds of national ids held; facets: hashes of the last facets; own: consent evidence"
    " accepted here; ledger: the consent ledger's state as last heard; family: whom it is read as, for everybody who was"
    " merged."
)
IDENTIFIER = (
    "Blind index to person. persons: hashes of the different people seen with a phone. proved_at: when its holder"
    " proved to hold it."
)


def upgrade() -> None:
    """Add the columns and make the tables."""
    op.add_column("subject", sa.Column("family", UUID, nullable=True))
    op.add_column("identifier", sa.Column("proved_at", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_subject_family"), "subject", ["family"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment("subject", SUBJECT)
        op.create_table_comment("identifier", IDENTIFIER)
    _create_merge_entry()
    _create_suggestion()
    _create_job()


def downgrade() -> None:
    """Drop them."""
    for table in ("identity_job", "suggestion", "merge_entry"):
        op.drop_table(table)
    op.drop_index(op.f("ix_subject_family"), "subject")
    op.drop_column("identifier", "proved_at")
    op.drop_column("subject", "family")


def _create_merge_entry() -> None:
    op.create_table(
        "merge_entry",
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("merge_id", UUID, nullable=False),
        sa.Column("act", sa.String(length=8), nullable=False),
        sa.Column("source", UUID, nullable=False),
        sa.Column("target", UUID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("suggestion_id", UUID, nullable=True),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
        comment="Append-only: act is merged (source is read as target from then on) or split (the merge is undone).",
    )
    for name in ("merge_id", "source", "target"):
        op.create_index(op.f(f"ix_merge_entry_{name}"), "merge_entry", [name], unique=False)


def _create_suggestion() -> None:
    op.create_table(
        "suggestion",
        sa.Column("id", UUID, nullable=False),
        sa.Column("a", UUID, nullable=False),
        sa.Column("b", UUID, nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=False),
        sa.Column("found_by", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("a", "b", name="suggestion_pair"),
        comment="Two subjects that may be one person (a < b). state: open, accepted or rejected; found_by: rule or model; evidence: JSON of which fields agree and how strongly, without their values.",
    )
    op.create_index(op.f("ix_suggestion_b"), "suggestion", ["b"], unique=False)
    op.create_index("suggestion_state", "suggestion", ["state", "id"], unique=False)


def _create_job() -> None:
    op.create_table(
        "identity_job",
        sa.Column("id", UUID, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=True),
        sa.Column("found", sa.BigInteger(), nullable=True),
        sa.Column("threshold", sa.Float(), nullable=True),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("beat_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="state: queued, running, done or failed; threshold: the probability from which pairs are suggested, and basis where it comes from; beat_at: when its process was last heard of.",
    )
