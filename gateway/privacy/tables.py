"""Requests of data subjects, and what the services confirmed."""

import sqlalchemy as sa

from gateway.tables import REFERENCE, metadata
from kernel.store.columns import PLAIN, PSEUDONYM, REDACTED, id_column, subject_column
from kernel.store.moments import UtcTime

request = sa.Table(
    "privacy_request",
    metadata,
    id_column("id", primary_key=True),
    sa.Column("kind", sa.Text, nullable=False, info=PLAIN),
    sa.Column("state", sa.Text, nullable=False, index=True, info=PLAIN),
    subject_column(nullable=False, index=True),
    sa.Column("origins", sa.JSON, nullable=False, info=PSEUDONYM),
    sa.Column("purposes", sa.Text, nullable=False, info=PLAIN),
    sa.Column("reason", sa.Text, nullable=True, info=REDACTED),
    sa.Column("answer", sa.Text, nullable=True, info=REDACTED),
    sa.Column("filed_by", sa.Text, nullable=False, info=PLAIN),
    sa.Column("filed_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("acknowledge_by", UtcTime, nullable=False, info=PLAIN),
    sa.Column("due_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("extended", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("decided_at", UtcTime, nullable=True, info=PLAIN),
    sa.Column("done_at", UtcTime, nullable=True, info=PLAIN),
    sa.Column("exported_at", UtcTime, nullable=True, info=PLAIN),
    sa.Column("acknowledged_at", UtcTime, nullable=True, info=PLAIN),
    comment="What people asked for. `reason` is theirs, `answer` ours, both without what identifies; `purposes` parted"
    " by spaces; `origins` the ids that the person had then.",
    info=REFERENCE,
)

confirmation = sa.Table(
    "privacy_confirmation",
    metadata,
    id_column("request_id", primary_key=True),
    sa.Column("service", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("destroyed", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("kept", sa.JSON, nullable=False, info=PLAIN),
    comment="What each service says to have destroyed and what it must keep, and when.",
    info=REFERENCE,
)
