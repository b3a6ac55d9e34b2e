"""Legal holds and what they hold, sealed under a key of each hold's own."""

import sqlalchemy as sa

from kernel.store.columns import CIPHERTEXT, PLAIN, PSEUDONYM, REDACTED, UUID
from services.ingest.tables import MOMENT, metadata

hold = sa.Table(
    "hold",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("subject_id", UUID, nullable=False, index=True, info=PSEUDONYM),
    sa.Column("reason", sa.Text, nullable=False, info=REDACTED),
    sa.Column("legal_basis", sa.Text, nullable=False, info=REDACTED),
    sa.Column("kinds", sa.Text, nullable=False, info=PLAIN),
    sa.Column("fields", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("until", MOMENT, nullable=False, info=PLAIN),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("created_by", sa.Text, nullable=False, info=PSEUDONYM),
    sa.Column("released_at", MOMENT, nullable=True, info=PLAIN),
    info={"distribution": "id"},
    comment="What must be kept of a person, why and until when. kinds: of records, each between spaces; fields: of the person in them,"
    " none for all. Its id owns a data key in the keyring; releasing it destroys that key.",
)

held = sa.Table(
    "held",
    metadata,
    sa.Column("hold_id", UUID, primary_key=True, info=PLAIN),
    sa.Column("record_id", UUID, primary_key=True, info=PLAIN),
    sa.Column("source", sa.String(64), primary_key=True, info=PLAIN),
    sa.Column("kind", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("occurred_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("sealed", sa.LargeBinary, nullable=False, info=CIPHERTEXT),
    info={"distribution": "hold_id"},
    comment="The held part of a record, under the hold's key: it outlives the record and its person's key.",
)
