"""People as ids, and the blind indexes that lead to them."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM, UUID
from services.ingest.tables import MOMENT, metadata

subject = sa.Table(
    "subject",
    metadata,
    sa.Column("id", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("created_at", MOMENT, nullable=False, info=PLAIN),
    sa.Column("erased_at", MOMENT, nullable=True, info=PLAIN),
    sa.Column("documents", sa.SmallInteger, nullable=False, info=PLAIN),
    sa.Column("facets", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("own", sa.LargeBinary, nullable=True, info=PSEUDONYM),
    sa.Column("ledger", sa.LargeBinary, nullable=True, info=PSEUDONYM),
    sa.Column("ledger_version", sa.BigInteger, nullable=True, info=PLAIN),
    sa.Column("family", UUID, nullable=True, index=True, info=PSEUDONYM),
    sa.Column("births", sa.LargeBinary, nullable=True, info=PSEUDONYM),
    info={"distribution": "id"},
    comment="A person. documents: bits of the kinds of national ids held, 4 where they proved to hold a phone, 8 where they"
    " claim somebody else's identifier; births: hashes of the dates of birth and names told; facets: hashes of the last facets;"
    " own: consent evidence accepted here; ledger: the consent ledger's state as last heard; family: whom it is read as,"
    " for everybody who was merged.",
)

identifier = sa.Table(
    "identifier",
    metadata,
    sa.Column("index", sa.LargeBinary, primary_key=True, info=PSEUDONYM),
    sa.Column("kind", sa.SmallInteger, nullable=False, info=PLAIN),
    sa.Column("subject_id", UUID, nullable=False, index=True, info=PSEUDONYM),
    sa.Column("persons", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("proved_at", MOMENT, nullable=True, info=PLAIN),
    info={"distribution": "index"},
    comment="Blind index to person. persons: hashes of the different people seen with a phone."
    " proved_at: when its holder proved to hold it.",
    sqlite_with_rowid=False,
)
