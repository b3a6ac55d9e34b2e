"""Who is signing in, or signed in, at the page. Tokens and numbers are kept as keyed hashes only."""

import sqlalchemy as sa

from gateway.tables import REFERENCE, metadata
from kernel.store.columns import PLAIN, PSEUDONYM, subject_column
from kernel.store.moments import UtcTime

visit = sa.Table(
    "visit",
    metadata,
    sa.Column("token_hash", sa.Text, primary_key=True, info=PSEUDONYM),
    subject_column(nullable=True, index=True),
    sa.Column("stage", sa.Text, nullable=False, info=PLAIN),
    sa.Column("verification_id", sa.Text, nullable=True, info=PLAIN),
    sa.Column("number_hash", sa.Text, nullable=True, info=PSEUDONYM),
    sa.Column("tries", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("created_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("expires_at", UtcTime, nullable=False, index=True, info=PLAIN),
    comment="People who are signing in or signed in at the page of their rights; tokens and numbers as keyed hashes.",
    info=REFERENCE,
)
