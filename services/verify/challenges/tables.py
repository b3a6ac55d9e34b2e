"""Pending and ended verifications, and the counters that bound guessing and spending.

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
    sa.Index(
        "challenge_pending",
        "expires_at",
        sqlite_where=sa.text("status = 'pending'"),
        postgresql_where=sa.text("status = 'pending'"),
    ),
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

sending = sa.Table(
    "sending",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("number_key", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("client_id", sa.Text, nullable=False, info=PLAIN),
    sa.Column("channel", sa.Text, nullable=False, info=PLAIN),
    sa.Column("price_vnd", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("at", UtcTime, nullable=False, index=True, info=PLAIN),
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
