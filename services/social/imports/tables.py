"""Files that were taken in."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM
from services.social.tables import metadata

mention_import = sa.Table(
    "mention_import",
    metadata,
    sa.Column("import_id", sa.Uuid(as_uuid=False), primary_key=True, info=PLAIN),
    sa.Column("by_client", sa.Text, nullable=False, info=PSEUDONYM),
    sa.Column("platform", sa.Text, nullable=False, info=PLAIN),
    sa.Column("preset", sa.Text, nullable=True, info=PLAIN),
    sa.Column("state", sa.Text, nullable=False, info=PLAIN),
    sa.Column("accepted", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("duplicate", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("edited", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("quarantined", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("problems", sa.Text, nullable=False, info=PLAIN),
    sa.Column("created_ms", sa.BigInteger, nullable=False, info=PLAIN),
    info={"distribution": "import_id"},
    comment="`state`: running, done or failed; `problems`: JSON, the first thousand, without values of the file.",
)
