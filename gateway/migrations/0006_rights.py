"""Chains of audit for several writers, the register of recipients, what notices promise, alerts, sign-ins at /privacy."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
MOMENT = sa.DateTime(timezone=True)
CHAINS = 16
HEADS = "The end of each chain; whoever appends holds one that nobody else holds."


def upgrade() -> None:
    """Make the tables, and let the chain that there is be the first of several."""
    _chain_audit()
    _extend_consent()
    _create_register()
    _create_alerts()
    _create_visits()


def downgrade() -> None:
    """Go back. Raises where more than one chain was written: they cannot be made one."""
    chains = op.get_bind().scalar(sa.text("SELECT count(*) FROM audit_head WHERE chain > 1 AND sequence > 0"))
    if chains:
        raise RuntimeError("the audit trail has several chains, which the older schema cannot hold")
    for name in ("visit", "alert", "recipient", "audit_checkpoint"):
        op.drop_table(name)
    with op.batch_alter_table("privacy_request") as table:
        table.drop_column("acknowledged_at")
    with op.batch_alter_table("notice") as table:
        for column in ("controller", "recipients", "valid_days", "renews", "settled"):
            table.drop_column(column)
    with op.batch_alter_table("consent") as table:
        table.drop_column("expires_at")
        table.drop_column("guardian")
    op.drop_index("ix_consent_state_next_expiry", "consent_state")
    with op.batch_alter_table("consent_state") as table:
        table.drop_column("next_expiry")
        table.drop_column("of_age_at")
    _unchain_audit()


def _chain_audit() -> None:
    with op.batch_alter_table("audit_entry") as table:
        table.add_column(sa.Column("chain", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("context", sa.JSON(none_as_null=True), nullable=True))
    _key_audit("chain", "sequence")
    with op.batch_alter_table("audit_entry") as table:
        table.alter_column("chain", server_default=None)
    head = sa.table(
        "audit_head", sa.column("chain"), sa.column("sequence"), sa.column("hash", sa.LargeBinary)
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment("audit_head", HEADS)
    rows = [{"chain": chain, "sequence": 0, "hash": bytes(32)} for chain in range(2, CHAINS + 1)]
    op.bulk_insert(head, rows)
    op.create_table(
        "audit_checkpoint",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        comment="The ends of all chains at a moment, signed; each names the one before it.",
    )


def _unchain_audit() -> None:
    op.execute("DELETE FROM audit_head WHERE chain > 1")
    _key_audit("sequence")
    with op.batch_alter_table("audit_entry") as table:
        table.drop_column("chain")
        table.drop_column("context")


def _key_audit(*columns: str) -> None:
    """Another primary key; SQLite has no name for the one that is there, and copies the table."""
    names = {"pk": "%(table_name)s_pkey"}
    with op.batch_alter_table("audit_entry", naming_convention=names) as table:
        table.drop_constraint("audit_entry_pkey", type_="primary")
        table.create_primary_key("audit_entry_pkey", list(columns))


def _extend_consent() -> None:
    with op.batch_alter_table("notice") as table:
        table.add_column(sa.Column("controller", sa.JSON(none_as_null=True), nullable=True))
        table.add_column(sa.Column("recipients", sa.JSON(none_as_null=True), nullable=True))
        table.add_column(sa.Column("valid_days", sa.Integer(), nullable=True))
        table.add_column(sa.Column("renews", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("settled", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("notice") as table:
        table.alter_column("renews", server_default=None)
        table.alter_column("settled", server_default=None)
    op.add_column("consent", sa.Column("expires_at", sa.BigInteger(), nullable=True))
    op.add_column("consent", sa.Column("guardian", sa.Text(), nullable=True))
    op.add_column("consent_state", sa.Column("next_expiry", sa.BigInteger(), nullable=True))
    op.add_column("consent_state", sa.Column("of_age_at", sa.BigInteger(), nullable=True))
    op.create_index("ix_consent_state_next_expiry", "consent_state", ["next_expiry"], unique=False)


def _create_register() -> None:
    op.create_table(
        "recipient",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("client_id", UUID, nullable=True),
        sa.Column("purposes", sa.JSON(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=True),
        sa.Column("safeguards", sa.Text(), nullable=True),
        sa.Column("assessed_at", MOMENT, nullable=True),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("key"),
        sa.UniqueConstraint("client_id"),
        comment="Who receives personal data: recipients and processors, where they are, and what a transfer abroad rests on.",
    )


def _create_alerts() -> None:
    with op.batch_alter_table("privacy_request") as table:
        table.add_column(sa.Column("acknowledged_at", MOMENT, nullable=True))
    op.create_table(
        "alert",
        sa.Column("id", UUID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "about"),
        comment="What a privacy officer must look at. `about`: the id of the request, decision or chain; `detail` holds"
        " ids only.",
    )


def _create_visits() -> None:
    op.create_table(
        "visit",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("subject", UUID, nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("verification_id", sa.Text(), nullable=True),
        sa.Column("number_hash", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
        comment="People who are signing in or signed in at the page of their rights; tokens and numbers as keyed hashes.",
    )
    op.create_index("ix_visit_subject", "visit", ["subject"], unique=False)
    op.create_index("ix_visit_expires_at", "visit", ["expires_at"], unique=False)
