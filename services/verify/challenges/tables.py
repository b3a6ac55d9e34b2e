"""Pending and ended verifications, their send records, and the counters that bound guessing and spending.

Numbers appear as keyed hashes, and sealed (with their codes) only while a verification is pending.
"""

import sqlalchemy as sa

from kernel.store.columns import CIPHERTEXT, PLAIN, PSEUDONYM, UUID
from kernel.store.moments import UtcTime
from services.verify.tables import metadata

challenge = sa.Table(
    "challenge",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("client_id", sa.Text, nullable=False, info=PLAIN),
    sa.Column("subject", UUID, nullable=True, index=True, info=PSEUDONYM),
    sa.Column("purpose", sa.Text, nullable=False, info=PLAIN),
    sa.Column("channel", sa.Text, nullable=False, info=PLAIN),
    sa.Column("locale", sa.Text, nullable=False, info=PLAIN),
    sa.Column("number_key", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("sealed", sa.LargeBinary, nullable=True, info=CIPHERTEXT),
    sa.Column("code_hash", sa.LargeBinary, nullable=True, info=CIPHERTEXT),
    sa.Column("status", sa.Text, nullable=False, info=PLAIN),
    sa.Column("sends", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("created_at", UtcTime, nullable=False, index=True, info=PLAIN),
    sa.Column("expires_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("next_resend_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("method", sa.Text, nullable=False, server_default="code", info=PLAIN),
    sa.Column("ladder", sa.Text, nullable=False, server_default="", info=PLAIN),
    sa.Column("collector", sa.Text, nullable=True, info=PSEUDONYM),
    sa.Column("ended_at", UtcTime, nullable=True, info=PLAIN),
    sa.Index(
        "challenge_pending",
        "expires_at",
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    ),
    sa.Index("challenge_number", "number_key", "created_at"),
    info={"distribution": "id"},
    comment="A verification; `sealed` and `code_hash` are destroyed at its end.",
)

code_checks = sa.Table(
    "code_checks",
    metadata,
    sa.Column("challenge_id", UUID, primary_key=True, info=PLAIN),
    sa.Column("client_id", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("checks", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("at", UtcTime, nullable=False, index=True, info=PLAIN),
    info={"distribution": "challenge_id"},
    comment="Checks of any id a client asked for, known or not, so that neither answers differently.",
)

number_checks = sa.Table(
    "number_checks",
    metadata,
    sa.Column("number_key", sa.LargeBinary, primary_key=True, info=PSEUDONYM),
    sa.Column("hour", UtcTime, primary_key=True, index=True, info=PLAIN),
    sa.Column("checks", sa.Integer, nullable=False, info=PLAIN),
    info={"distribution": "number_key"},
    comment="Checks by number and hour: the budget that survives resends and new verifications.",
)

# a send record: written before anything is sent, and its id is the carrier's idempotency key
sending = sa.Table(
    "sending",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("number_key", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("client_id", sa.Text, nullable=False, info=PLAIN),
    sa.Column("channel", sa.Text, nullable=False, info=PLAIN),
    sa.Column("price_vnd", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("at", UtcTime, nullable=False, index=True, info=PLAIN),
    sa.Column("challenge_id", UUID, nullable=True, index=True, info=PLAIN),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="1", info=PLAIN),
    sa.Column("state", sa.Text, nullable=False, server_default="sent", info=PLAIN),
    sa.Column("provider", sa.Text, nullable=False, server_default="", info=PLAIN),
    sa.Column("reference", sa.Text, nullable=True, index=True, info=PLAIN),
    sa.Column("changed_at", UtcTime, nullable=True, info=PLAIN),
    sa.Column("prefix", sa.Text, nullable=False, server_default="", info=PSEUDONYM),
    sa.Column("block", sa.LargeBinary, nullable=True, info=PSEUDONYM),
    sa.Column("ip_key", sa.LargeBinary, nullable=True, info=PSEUDONYM),
    sa.Column("device_key", sa.LargeBinary, nullable=True, info=PSEUDONYM),
    sa.Column("collector", sa.Text, nullable=True, info=PSEUDONYM),
    sa.Index("sending_number", "number_key", "at"),
    sa.Index("sending_client", "client_id", "at"),
    info={"distribution": "reference"},
    comment="Codes sent in the last day, for the caps; counted before they are sent.",
)

sending_gate = sa.Table(
    "sending_gate",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, info=PLAIN),
    sa.Column("turn", sa.BigInteger, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="One row, written by each sending: caps are judged one after the other, never side by side.",
)
