"""Write keys of their own: several a source, with the origins of their sites, listed and revoked."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")

_client = sa.table(
    "client",
    *(sa.column(name) for name in ("id", "name", "source", "write_key_hash", "created_by", "created_at")),
)
_key = sa.table(
    "write_key",
    *(
        sa.column(name)
        for name in ("id", "client_id", "name", "source", "key_hash", "created_by", "created_at")
    ),
)


def upgrade() -> None:
    """Move the clients' keys to a table of their own; a key that a client had keeps the client's id."""
    op.create_table(
        "write_key",
        sa.Column("id", UUID, nullable=False),
        sa.Column("client_id", UUID, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("origins", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key_hash"),
        comment="What sites and SDKs collect with. client_id: the client that it came with, whose purposes it has.",
    )
    client = _client.c
    columns = (client.id, client.id, client.name, client.source, client.write_key_hash)
    held = sa.select(*columns, client.created_by, client.created_at).where(client.write_key_hash.is_not(None))
    op.execute(sa.insert(_key).from_select([column.name for column in _key.c], held))
    with op.batch_alter_table("client") as table:
        table.drop_column("write_key_hash")


def downgrade() -> None:
    """Give the clients that came with a key theirs back; keys made later, and revocations, are lost."""
    with op.batch_alter_table("client") as table:
        table.add_column(sa.Column("write_key_hash", sa.LargeBinary(), nullable=True))
        table.create_unique_constraint("client_write_key_hash_key", ["write_key_hash"])
    held = sa.select(_key.c.key_hash).where(_key.c.client_id == _client.c.id).scalar_subquery()
    op.execute(sa.update(_client).values(write_key_hash=held))
    op.drop_table("write_key")
