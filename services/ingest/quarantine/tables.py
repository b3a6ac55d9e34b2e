"""Records that could not be stored: sealed under keys of their own, found by blind index."""

import sqlalchemy as sa

from kernel.store.columns import CIPHERTEXT, PLAIN, PSEUDONYM, REDACTED, UUID
from services.ingest.tables import MOMENT, metadata

_WAITING = sa.text("state = 'waiting'")
_CONTESTED = sa.text("state = 'contested'")
_DUE = sa.text("due")

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("record_id", UUID, nullable=True, index=True, info=PLAIN),
    sa.Column("source", sa.String(64), nullable=True, info=PLAIN),
    sa.Column("kind", sa.String(16), nullable=True, info=PLAIN),
    sa.Column("reasons", sa.LargeBinary, nullable=False, info=PLAIN),
    sa.Column("waits_for", sa.String(16), nullable=True, info=PLAIN),
    sa.Column("due", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("received_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("content_hash", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("sealed", sa.LargeBinary, nullable=True, info=CIPHERTEXT),
    sa.Column("state", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("settled_at", MOMENT, nullable=True, info=PLAIN),
    sa.Column("settled_as", UUID, nullable=True, info=PLAIN),
    sa.Index("quarantine_content", "content_hash", sqlite_where=_WAITING, postgresql_where=_WAITING),
    sa.Index("quarantine_waiting", "waits_for", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    sa.Index("quarantine_due", "id", sqlite_where=_DUE, postgresql_where=_DUE),
    sa.Index("quarantine_contested", "content_hash", sqlite_where=_CONTESTED, postgresql_where=_CONTESTED),
    sa.Index("quarantine_received", "received_at", "id"),
    info={"distribution": "id"},
    comment="state: waiting or contested; or how it left. record_id and source only where they are what they"
    " should be: a mistaken field may hold anything. settled_as: the record it became.",
)

quarantine_index = sa.Table(
    "quarantine_index",
    metadata,
    sa.Column("index", sa.LargeBinary, primary_key=True, info=PSEUDONYM),
    sa.Column("quarantine_id", UUID, primary_key=True, index=True, info=PLAIN),
    info={"distribution": "quarantine_id"},
    comment="Blind indexes of quarantined records: erasure and arriving consents find them by these.",
)

quarantine_change = sa.Table(
    "quarantine_change",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column(
        "quarantine_id",
        UUID,
        sa.ForeignKey("quarantine.id", name="quarantine_change_item", ondelete="CASCADE"),
        primary_key=True,
        index=True,
        info=PLAIN,
    ),
    sa.Column("at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("by", sa.Text, nullable=False, info=PSEUDONYM),
    sa.Column("action", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("outcome", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("old_hash", sa.LargeBinary, nullable=True, info=PSEUDONYM),
    sa.Column("new_hash", sa.LargeBinary, nullable=True, info=PSEUDONYM),
    sa.Column("note", sa.Text, nullable=True, info=REDACTED),
    info={"distribution": "quarantine_id"},
    comment="Who did what with a quarantined record. Hashes are keyed; nothing of a content is kept. A row goes with its item.",
)

quarantine_job = sa.Table(
    "quarantine_job",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("action", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("sought", sa.LargeBinary, nullable=False, info=PLAIN),
    sa.Column("note", sa.Text, nullable=True, info=REDACTED),
    sa.Column("by", sa.Text, nullable=False, info=PSEUDONYM),
    sa.Column("state", sa.String(8), nullable=False, index=True, info=PLAIN),
    sa.Column("total", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("done", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("outcomes", sa.LargeBinary, nullable=False, info=PLAIN),
    sa.Column("upto", UUID, nullable=True, info=PLAIN),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("finished_at", MOMENT, nullable=True, info=PLAIN),
    info={"distribution": "id"},
    comment="Many items released or dismissed at once: how far it is (upto), and what became of them.",
)
