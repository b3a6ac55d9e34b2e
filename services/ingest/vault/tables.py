"""The keyring: a database of its own, apart from the data and from the data's backups. And the grants used up."""

import sqlalchemy as sa

from kernel.store.columns import CIPHERTEXT, PLAIN, PSEUDONYM, UUID
from services.ingest.tables import MOMENT
from services.ingest.tables import metadata as data_metadata

metadata = sa.MetaData()

data_key = sa.Table(
    "data_key",
    metadata,
    sa.Column("owner", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("kek_version", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("wrapped", sa.LargeBinary, nullable=False, info=CIPHERTEXT),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "owner"},
    comment="The data key of a subject or of a quarantined record, wrapped by the key-encryption key.",
)

tombstone = sa.Table(
    "tombstone",
    metadata,
    sa.Column("owner", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "owner"},
    comment="Owners whose key was destroyed, for ever; replayed when a keyring backup is restored.",
)

grant_use = sa.Table(
    "grant_use",
    data_metadata,
    sa.Column("jti", sa.String(64), primary_key=True, info=PLAIN),
    sa.Column("expires_at", MOMENT, nullable=False, index=True, info=PLAIN),
    info={"distribution": "jti"},
    comment="Grants that were used, until they would have expired anyway.",
)
