"""Legal holds and retention."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _create_holds()
    _create_retention()


def downgrade() -> None:
    """Drop them."""
    for table in ("retention_night", "retention_policy", "held", "hold"):
        op.drop_table(table)


def _create_holds() -> None:
    op.create_table(
        "hold",
        sa.Column("id", UUID, nullable=False),
        sa.Column("subject_id", UUID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("kinds", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        comment="What must be kept of a person, why and until when. kinds: of records, each between spaces; fields: of the person in them,"
        " none for all. Its id owns a data key in the keyring; releasing it destroys that key.",
    )
    op.create_index("ix_hold_subject_id", "hold", ["subject_id"])
    op.create_table(
        "held",
        sa.Column("hold_id", UUID, nullable=False),
        sa.Column("record_id", UUID, nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hold_id", "record_id", "source"),
        comment="The held part of a record, under the hold's key: it outlives the record and its person's key.",
    )


def _create_retention() -> None:
    op.create_table(
        "retention_policy",
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
        comment="Every version of the rules; the highest counts. Not active: nothing is deleted at night.",
    )
    op.create_table(
        "retention_night",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("day"),
        comment="One row a night (date in Vietnam) on which rules were carried out; deleted: rows by rule and kind.",
    )
