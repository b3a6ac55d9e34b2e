"""Clients, the accounts of the people behind them, and revocations."""

import sqlalchemy as sa

from gateway.tables import REFERENCE, metadata
from kernel.store.columns import CIPHERTEXT, PLAIN, id_column
from kernel.store.moments import UtcTime

client = sa.Table(
    "client",
    metadata,
    id_column("id", primary_key=True),
    sa.Column("name", sa.Text, nullable=False, info=PLAIN),
    sa.Column("kind", sa.Text, nullable=False, info=PLAIN),
    sa.Column("scopes", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("purposes", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("fields", sa.JSON(none_as_null=True), nullable=True, info=PLAIN),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False, info=PLAIN),
    sa.Column("source", sa.Text, nullable=True, info=PLAIN),
    sa.Column("first", sa.Text, nullable=True, unique=True, info=PLAIN),
    sa.Column("created_by", sa.Text, nullable=False, info=PLAIN),
    sa.Column("created_at", UtcTime, nullable=False, info=PLAIN),
    # the secret before, good until `former_until`
    sa.Column("former_hash", sa.LargeBinary, nullable=True, info=PLAIN),
    sa.Column("former_until", UtcTime, nullable=True, info=PLAIN),
    sa.Column("valid_from", UtcTime, nullable=True, info=PLAIN),
    sa.Column("valid_until", UtcTime, nullable=True, info=PLAIN),
    sa.Column("addresses", sa.JSON(none_as_null=True), nullable=True, info=PLAIN),
    sa.Column("origins", sa.JSON(none_as_null=True), nullable=True, info=PLAIN),
    sa.Column("rate", sa.Text, nullable=True, info=PLAIN),
    sa.Column("at_once", sa.Integer, nullable=True, info=PLAIN),
    # the partner whose test client it is
    id_column("sandbox_of", nullable=True, index=True),
    sa.Column("closed_at", UtcTime, nullable=True, info=PLAIN),
    sa.Column("changed_at", UtcTime, nullable=False, index=True, info=PLAIN),
    comment="`first`: its name among the clients of the first start, so that two starts make them once.",
    info=REFERENCE,
)

write_key = sa.Table(
    "write_key",
    metadata,
    id_column("id", primary_key=True),
    id_column("client_id", nullable=True),
    sa.Column("name", sa.Text, nullable=False, info=PLAIN),
    sa.Column("source", sa.Text, nullable=True, info=PLAIN),
    sa.Column("origins", sa.JSON(none_as_null=True), nullable=True, info=PLAIN),
    sa.Column("key_hash", sa.LargeBinary, nullable=False, unique=True, info=PLAIN),
    sa.Column("created_by", sa.Text, nullable=False, info=PLAIN),
    sa.Column("created_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("revoked_at", UtcTime, nullable=True, info=PLAIN),
    comment="What sites and SDKs collect with. client_id: the client that it came with, whose purposes it has.",
    info=REFERENCE,
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("username", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("password_hash", sa.Text, nullable=False, info=PLAIN),
    id_column("client_id", nullable=False),
    sa.Column("created_at", UtcTime, nullable=False, info=PLAIN),
    # of one-time codes (RFC 6238), in use since `code_since`; the newest step that was used
    sa.Column("code_secret", sa.LargeBinary, nullable=True, info=CIPHERTEXT),
    sa.Column("code_since", UtcTime, nullable=True, info=PLAIN),
    sa.Column("code_step", sa.BigInteger, nullable=True, info=PLAIN),
    comment="Who may sign in at the console, and as which client they then act.",
    info=REFERENCE,
)

revocation = sa.Table(
    "revocation",
    metadata,
    sa.Column("token_id", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("expires_at", UtcTime, nullable=False, index=True, info=PLAIN),
    comment="Revoked tokens until they would have expired anyway.",
    info=REFERENCE,
)
