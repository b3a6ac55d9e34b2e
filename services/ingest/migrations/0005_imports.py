"""Imports of files, and what each group of their records brought."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
COUNTS = ("accepted", "duplicate", "conflict", "quarantined", "failed", "upto")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "import_file",
        sa.Column("id", UUID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("preset", sa.String(length=32), nullable=True),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("undo", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", UUID, nullable=True),
        sa.Column("held_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="An import. plan: what was asked and what the columns are called, sealed. digest: keyed hash of the"
        " file. upto: every row up to this one is done.",
    )
    op.create_index("import_file_created", "import_file", ["created_at", "id"], unique=False)
    op.create_index("import_file_digest", "import_file", ["digest"], unique=False)
    op.create_table(
        "import_group",
        sa.Column("import_id", UUID, nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("brought", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "upto"),
        comment="What a group of an import brought (ids of records and of quarantined items, packed) and its problems,"
        " which name rows and columns and hold no value. Written with the records.",
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("import_group")
    op.drop_table("import_file")
