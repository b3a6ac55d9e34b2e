"""The local view of consents, of which verify keeps only what it asks for. Distributed by `subject`."""

import sqlalchemy as sa

from kernel.consents.view import add_watermarks
from kernel.store.columns import PLAIN, PSEUDONYM, UUID
from services.verify.tables import metadata

consent = sa.Table(
    "holder_consent",
    metadata,
    sa.Column("subject", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("ledger_version", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("granted", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("withdrawn", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("restricted", sa.Boolean, nullable=False, info=PLAIN),
    # whether `service` is open (by consent or a stated basis), and whether it was ended: invitations ask
    sa.Column("served", sa.Boolean, nullable=False, server_default=sa.false(), info=PLAIN),
    sa.Column("unserved", sa.Boolean, nullable=False, server_default=sa.false(), info=PLAIN),
    info={"distribution": "subject"},
    comment="Consent to `verification` by origin subject; the highest version of the ledger wins.",
    sqlite_with_rowid=False,
)

merge = sa.Table(
    "holder_merge",
    metadata,
    sa.Column("merge_id", UUID, primary_key=True, info=PLAIN),
    sa.Column("source", UUID, nullable=False, info=PSEUDONYM),
    sa.Column("target", UUID, nullable=False, index=True, info=PSEUDONYM),
    sa.Column("merge_version", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("undone", sa.Boolean, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="Which subject is read as which; a split marks its merge undone.",
)

watermarks = add_watermarks(
    metadata, "holder_watermark", "seen_to", "Every consent change recorded before `seen_to` is in this view."
)
