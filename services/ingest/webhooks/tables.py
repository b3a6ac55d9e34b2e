"""Registered hooks, what became of their deliveries, and what is still to be fetched."""

import sqlalchemy as sa

from kernel.store.columns import CIPHERTEXT, PLAIN, PSEUDONYM, UUID
from services.ingest.tables import MOMENT, metadata

hook = sa.Table(
    "hook",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("source", sa.String(64), nullable=False, info=PLAIN),
    sa.Column("type", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("settings", sa.LargeBinary, nullable=False, info=PLAIN),
    sa.Column("secrets", sa.LargeBinary, nullable=True, info=CIPHERTEXT),
    sa.Column("created_by", sa.Text, nullable=False, info=PSEUDONYM),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("closed_at", MOMENT, nullable=True, info=PLAIN),
    sa.Index("hook_created", "created_at", "id"),
    info={"distribution": "reference"},
    comment="Webhooks in. settings: mapping, consent, basis (JSON). secrets: sealed under the hook's own key.",
)

hook_count = sa.Table(
    "hook_count",
    metadata,
    sa.Column("hook_id", UUID, primary_key=True, info=PLAIN),
    sa.Column("outcome", sa.String(16), primary_key=True, info=PLAIN),
    sa.Column("n", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("last_at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "hook_id"},
    comment="Deliveries and records of a hook by what became of them.",
)

hook_fetch = sa.Table(
    "hook_fetch",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("hook_id", UUID, nullable=False, index=True, info=PLAIN),
    sa.Column("what", sa.String(8), nullable=False, info=PLAIN),
    sa.Column("target", sa.String(64), nullable=False, info=PSEUDONYM),
    sa.Column("after", sa.Text, nullable=True, info=PLAIN),
    sa.Column("since", sa.BigInteger, nullable=True, info=PLAIN),
    sa.Column("state", sa.String(8), nullable=False, info=PLAIN),
    sa.Column("due_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("tries", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("trouble", sa.String(64), nullable=True, info=PLAIN),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    sa.Index("hook_fetch_due", "state", "due_at"),
    info={"distribution": "id"},
    comment="Leads (what: lead) and pages of a form's leads (form) to be fetched at the provider. A row goes once its"
    " leads are stored; after: where the last stored page ended. state: waiting, or gone where it is there no more.",
)

hook_thing = sa.Table(
    "hook_thing",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("version", sa.String(64), nullable=False, info=PLAIN),
    sa.Column("record_id", UUID, nullable=False, info=PLAIN),
    sa.Column("source", sa.String(64), nullable=False, info=PLAIN),
    sa.ForeignKeyConstraint(
        ["record_id", "source"], ["record.id", "record.source"], name="hook_thing_record", ondelete="CASCADE"
    ),
    sa.Index("hook_thing_record", "record_id", "source"),
    info={"distribution": "id"},
    comment="The newest stored state of each customer or order that hooks bring; a row goes with its record.",
)
