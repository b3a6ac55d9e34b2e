"""Counters of those who collect, and the records that are doubted. Distributed by `collector`."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM, UUID
from kernel.store.moments import UtcTime
from services.verify.tables import metadata

tally = sa.Table(
    "collector_tally",
    metadata,
    sa.Column("collector", sa.Text, primary_key=True, info=PSEUDONYM),
    sa.Column("records", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("timed", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("hasty", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("surveys", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("templates", sa.BigInteger, nullable=False, server_default="0", info=PLAIN),
    sa.Column("spoken", sa.BigInteger, nullable=False, server_default="0", info=PLAIN),
    sa.Column("mute", sa.BigInteger, nullable=False, server_default="0", info=PLAIN),
    sa.Column("moves", sa.BigInteger, nullable=False, server_default="0", info=PLAIN),
    sa.Column("jumps", sa.BigInteger, nullable=False, server_default="0", info=PLAIN),
    sa.Column("followed", sa.BigInteger, nullable=False, server_default="0", info=PLAIN),
    sa.Column("overlapped", sa.BigInteger, nullable=False, server_default="0", info=PLAIN),
    sa.Column("checked", sa.BigInteger, nullable=False, server_default="0", info=PLAIN),
    sa.Column("disagreed", sa.BigInteger, nullable=False, server_default="0", info=PLAIN),
    sa.Column("judged", sa.BigInteger, nullable=False, server_default="0", info=PLAIN),
    sa.Column("invented", sa.BigInteger, nullable=False, server_default="0", info=PLAIN),
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
    sa.Index("collector_number_number", "number"),
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

block = sa.Table(
    "collector_block",
    metadata,
    sa.Column("collector", sa.Text, primary_key=True, info=PSEUDONYM),
    sa.Column("block", sa.Text, primary_key=True, info=PSEUDONYM),
    sa.Column("subject", UUID, primary_key=True, info=PSEUDONYM),
    sa.Index("collector_block_subject", "subject"),
    info={"distribution": "collector"},
    comment="In which blocks of a hundred numbers (keyed hashes) a collector's people have theirs.",
    sqlite_with_rowid=False,
)

trail = sa.Table(
    "collector_trail",
    metadata,
    sa.Column("collector", sa.Text, primary_key=True, info=PSEUDONYM),
    sa.Column("started_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("ended_at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("area", sa.Text, nullable=True, info=PSEUDONYM),
    sa.Column("subject", UUID, nullable=True, index=True, info=PSEUDONYM),
    info={"distribution": "collector"},
    comment="Where and when a collector was last, to 0.1 degree: what comes next must be within reach.",
)

sheet = sa.Table(
    "collector_sheet",
    metadata,
    sa.Column("subject", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("form", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("collector", sa.Text, nullable=False, info=PSEUDONYM),
    sa.Column("answers", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("record_id", UUID, nullable=False, info=PSEUDONYM),
    sa.Column("at", UtcTime, nullable=False, info=PLAIN),
    info={"distribution": "subject"},
    comment="A person's first answers to a form, each hashed: a back-check by somebody else is compared with them.",
)

share = sa.Table(
    "collector_share",
    metadata,
    sa.Column("record_id", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("collector", sa.Text, nullable=False, info=PSEUDONYM),
    sa.Column("subject", UUID, nullable=True, index=True, info=PSEUDONYM),
    sa.Column("device", sa.Text, nullable=True, info=PSEUDONYM),
    sa.Column("answers", sa.LargeBinary, nullable=True, info=PLAIN),
    sa.Column("counts", sa.JSON, nullable=False, info=PLAIN),
    sa.Index("collector_share_collector", "collector", "subject"),
    info={"distribution": "record_id"},
    comment="What one record counted for, by collector, so that it can be taken off where the record is withdrawn;"
    " erasure deletes by subject.",
)

doubted = sa.Table(
    "collector_record",
    metadata,
    sa.Column("record_id", UUID, primary_key=True, info=PSEUDONYM),
    sa.Column("collector", sa.Text, nullable=False, index=True, info=PSEUDONYM),
    sa.Column("subject", UUID, nullable=True, index=True, info=PSEUDONYM),
    sa.Column("at", UtcTime, nullable=False, info=PLAIN),
    sa.Column("score", sa.Float, nullable=False, info=PLAIN),
    sa.Column("reasons", sa.JSON, nullable=False, info=PLAIN),
    sa.Column("state", sa.Text, nullable=False, info=PLAIN),
    sa.Column("reviewed_by", sa.Text, nullable=True, info=PSEUDONYM),
    sa.Column("reviewed_at", UtcTime, nullable=True, info=PLAIN),
    sa.Index("collector_record_queue", "state", "record_id"),
    info={"distribution": "record_id"},
    comment="Records that a rule doubts, until a person has looked; erasure deletes by subject.",
)
