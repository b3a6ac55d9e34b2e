"""Clients with terms, secrets that overlap, one-time codes of accounts; first answers under an Idempotency-Key."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

UUID = sa.Uuid(as_uuid=False).with_variant(sa.String(36), "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON(none_as_null=True)


def upgrade() -> None:
    """Create what is new; a client counts as changed when it was made."""
    _extend_clients()
    _extend_accounts()
    _create_kept_answer()
    _create_webhook()
    _create_webhook_message()


def _extend_clients() -> None:
    for column in _client_columns():
        op.add_column("client", column)
    op.execute(sa.text("UPDATE client SET changed_at = created_at"))
    with op.batch_alter_table("client") as table:
        table.alter_column("changed_at", existing_type=MOMENT, nullable=False)
    op.create_index("ix_client_sandbox_of", "client", ["sandbox_of"], unique=False)
    op.create_index("ix_client_changed_at", "client", ["changed_at"], unique=False)


def _extend_accounts() -> None:
    for column in _account_columns():
        op.add_column("account", column)


def _create_kept_answer() -> None:
    op.create_table(
        "kept_answer",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("mentions", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="First answers under an Idempotency-Key, for 24 hours. `id` and `request` are keyed hashes; `mentions`"
        " are the ids that the answer names, by which erasure finds it. No answer: it was carried out, and not answered.",
    )
    op.create_index("ix_kept_answer_at", "kept_answer", ["at"], unique=False)


def _create_webhook() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", UUID, nullable=False),
        sa.Column("client_id", UUID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("former_secret", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", MOMENT, nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        comment="A destination; its secrets are sealed. `next_at`: when its next message is due, or a sender's lease ends.",
    )
    op.create_index("ix_webhook_client_id", "webhook", ["client_id"], unique=False)


def _create_webhook_message() -> None:
    op.create_table(
        "webhook_message",
        sa.Column("id", UUID, nullable=False),
        sa.Column("webhook_id", UUID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("webhook_id", "key"),
        comment="`answer`: the last status, or why none came. Kept for 14 days, to be sent again.",
    )
    for name, columns in (
        ("subject", ["subject"]),
        ("created_at", ["created_at"]),
        ("due", ["webhook_id", "state", "next_at"]),
    ):
        op.create_index(f"ix_webhook_message_{name}", "webhook_message", columns, unique=False)


def downgrade() -> None:
    """Drop what was new: bounds of clients and one-time codes are lost, and answers are not given again."""
    for name in ("webhook_message", "webhook", "kept_answer"):
        op.drop_table(name)
    op.drop_index("ix_client_changed_at", table_name="client")
    op.drop_index("ix_client_sandbox_of", table_name="client")
    for name, columns in (("account", _account_columns()), ("client", _client_columns())):
        with op.batch_alter_table(name) as batch:
            for column in columns:
                batch.drop_column(column.name)


def _client_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("former_hash", sa.LargeBinary(), nullable=True),
        sa.Column("former_until", MOMENT, nullable=True),
        sa.Column("valid_from", MOMENT, nullable=True),
        sa.Column("valid_until", MOMENT, nullable=True),
        sa.Column("addresses", JSON, nullable=True),
        sa.Column("origins", JSON, nullable=True),
        sa.Column("rate", sa.Text(), nullable=True),
        sa.Column("at_once", sa.Integer(), nullable=True),
        sa.Column("sandbox_of", UUID, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("changed_at", MOMENT, nullable=True),
    ]


def _account_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("code_secret", sa.LargeBinary(), nullable=True),
        sa.Column("code_since", MOMENT, nullable=True),
        sa.Column("code_step", sa.BigInteger(), nullable=True),
    ]
