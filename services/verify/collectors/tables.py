"""Counters of those who collect. Distributed by `collector`."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM, UUID
from services.verify.tables import metadata

tally = sa.Table(
    "collector_tally",
    metadata,
    sa.Column("collector", sa.Text, primary_key=True, info=PSEUDONYM),
    sa.Column("records", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("timed", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("hasty", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("surveys", sa.BigInteger, nullable=False, info=PLAIN),
    info={"distribution": "collector"},
    comment="Records of a collector; of these with a duration, faster than a person can ask, and surveys.",
)

device = sa.Table(
    "collector_device",
    metadata,
    sa.Column("device", sa.Text, primary_key=True, info=PSEUDONYM),
    sa.Column("collector", sa.Text, primary_key=True, index=True, info=PSEUDONYM),
    info={"distribution": "device"},
    comment="Which devices (keyed hashes) a collector used.",
)

number = sa.Table(
    "collector_number",
    metadata,
    sa.Column("collector", sa.Text, primary_key=True, info=PSEUDONYM),
    sa.Column("number", sa.Text, primary_key=True, info=PSEUDONYM),
    sa.Column("subject", UUID, primary_key=True, info=PSEUDONYM),
    sa.Index("collector_number_subject", "subject"),
    info={"distribution": "collector"},
    comment="Which numbers (blind indexes) a collector gave to which people; erasure deletes by subject.",
    sqlite_with_rowid=False,
)

answers = sa.Table(
    "collector_answers",
    metadata,
    sa.Column("collector", sa.Text, primary_key=True, info=PSEUDONYM),
    sa.Column("answers", sa.LargeBinary, primary_key=True, info=PLAIN),
    sa.Column("surveys", sa.BigInteger, nullable=False, info=PLAIN),
    info={"distribution": "collector"},
    comment="How often a collector handed in the same answers (by hash, with the form).",
    sqlite_with_rowid=False,
)
