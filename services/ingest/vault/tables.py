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
    comment="The data key of a subject, of a quarantined record or of a hold, wrapped by the key-encryption key.",
)

tombstone = sa.Table(
    "tombstone",
    metadata,
    sa.Column("owner", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "owner"},
    comment="Owners whose key was destroyed, for ever; replayed when a keyring backup is restored.",
)

kek_version = sa.Table(
    "kek_version",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False, info=PLAIN),
    sa.Column("kept", sa.LargeBinary, nullable=False, info=CIPHERTEXT),
    sa.Column("made_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("retired_at", MOMENT, nullable=True, info=PLAIN),
    sa.Column("forgotten_at", MOMENT, nullable=True, info=PLAIN),
    sa.Column("total", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("moved", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("cursor", UUID, nullable=True, info=PSEUDONYM),
    sa.Column("finished_at", MOMENT, nullable=True, info=PLAIN),
    info={"distribution": "reference"},
    comment="Versions of the key-encryption key; the highest is the current one. kept: the key as a key service"
    " wrapped it, empty where it stands elsewhere. total, moved, cursor: how far re-wrapping to it has come.",
)

orphan = sa.Table(
    "orphan",
    metadata,
    sa.Column("owner", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("seen_at", MOMENT, nullable=False, info=PLAIN),
    info={"distribution": "owner"},
    comment="Owners of keys that nothing was found under, and since when: their keys go after a grace time.",
)

grant_use = sa.Table(
    "grant_use",
    data_metadata,
    sa.Column("jti", sa.String(64), primary_key=True, info=PLAIN),
    sa.Column("expires_at", MOMENT, nullable=False, index=True, info=PLAIN),
    info={"distribution": "jti"},
    comment="Grants that were used, until they would have expired anyway.",
)
