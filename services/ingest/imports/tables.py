"""Imports, and what each of their groups of records brought."""

import sqlalchemy as sa

from kernel.store.columns import CIPHERTEXT, PLAIN, PSEUDONYM, UUID
from services.ingest.tables import MOMENT, metadata

import_file = sa.Table(
    "import_file",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PLAIN),
    sa.Column("state", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("source", sa.String(64), nullable=False, info=PLAIN),
    sa.Column("kind", sa.String(16), nullable=False, info=PLAIN),
    sa.Column("preset", sa.String(32), nullable=True, info=PLAIN),
    sa.Column("client_id", sa.String(64), nullable=False, info=PSEUDONYM),
    sa.Column("digest", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("plan", sa.LargeBinary, nullable=False, info=CIPHERTEXT),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("finished_at", MOMENT, nullable=True, info=PLAIN),
    sa.Column("reason", sa.String(200), nullable=True, info=PLAIN),
    sa.Column("total", sa.BigInteger, nullable=True, info=PLAIN),
    sa.Column("accepted", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("duplicate", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("conflict", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("quarantined", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("failed", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("upto", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("undo", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("attempts", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("holder", UUID, nullable=True, info=PLAIN),
    sa.Column("held_until", MOMENT, nullable=False, info=PLAIN),
    sa.Index("import_file_created", "created_at", "id"),
    sa.Index("import_file_digest", "digest"),
    info={"distribution": "id"},
    comment="An import. plan: what was asked and what the columns are called, sealed. digest: keyed hash of the"
    " file. upto: every row up to this one is done.",
)

import_group = sa.Table(
    "import_group",
    metadata,
    sa.Column("import_id", UUID, primary_key=True, info=PLAIN),
    sa.Column("upto", sa.BigInteger, primary_key=True, info=PLAIN),
    sa.Column("brought", sa.LargeBinary, nullable=False, info=PLAIN),
    info={"distribution": "import_id"},
    comment="What a group of an import brought (ids of records and of quarantined items, packed) and its problems,"
    " which name rows and columns and hold no value. Written with the records.",
)
