"""Mentions, what was read in them, and what could not be taken."""

import sqlalchemy as sa

from services.social.tables import NONE, PSEUDONYMOUS, REDACTED, metadata

_PENDING = sa.text("pending")

mention = sa.Table(
    "mention",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYMOUS),
    sa.Column("native_id", sa.Text, nullable=False, info=PSEUDONYMOUS),
    sa.Column("platform", sa.Text, nullable=False, info=NONE),
    sa.Column("version", sa.Integer, nullable=False, info=NONE),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False, info=PSEUDONYMOUS),
    sa.Column("author", sa.Text, nullable=True, info=PSEUDONYMOUS),
    sa.Column("text", sa.Text, nullable=False, info=REDACTED),
    sa.Column("url", sa.Text, nullable=True, info=PSEUDONYMOUS),
    sa.Column("published_ms", sa.BigInteger, nullable=False, info=NONE),
    sa.Column("received_ms", sa.BigInteger, nullable=False, info=NONE),
    sa.Column("stated_lang", sa.Text, nullable=True, info=NONE),
    sa.Column("rating", sa.Float, nullable=True, info=NONE),
    sa.Column("metrics", sa.Text, nullable=False, info=NONE),
    sa.Column("pending", sa.Boolean, nullable=False, info=NONE),
    sa.Index("mention_published", "published_ms", "mention_id"),
    sa.Index("mention_pending", "mention_id", sqlite_where=_PENDING, postgresql_where=_PENDING),
    comment="`mention_id` is a keyed hash of platform and native id; `pending`: this version is not analysed yet.",
)

mention_analysis = sa.Table(
    "mention_analysis",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYMOUS),
    sa.Column("version", sa.Integer, nullable=False, info=NONE),
    sa.Column("lang", sa.Text, nullable=False, info=NONE),
    sa.Column("sentiment", sa.Text, nullable=False, info=NONE),
    sa.Column("score", sa.Float, nullable=False, info=NONE),
    sa.Column("abstained", sa.Boolean, nullable=False, info=NONE),
    sa.Column("emotion", sa.Text, nullable=False, info=NONE),
    sa.Column("intents", sa.Text, nullable=False, info=NONE),
    sa.Column("spam", sa.Text, nullable=False, info=NONE),
    sa.Column("spam_score", sa.Float, nullable=False, info=NONE),
    sa.Column("model", sa.Text, nullable=False, info=NONE),
    comment="What was read in version `version` of a mention.",
)

mention_aspect = sa.Table(
    "mention_aspect",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYMOUS),
    sa.Column("aspect", sa.Text, primary_key=True, info=NONE),
    sa.Column("polarity", sa.Text, nullable=False, info=NONE),
    sa.Column("evidence", sa.Text, nullable=False, info=REDACTED),
    comment="What a mention says about each aspect.",
)

mention_topic = sa.Table(
    "mention_topic",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYMOUS),
    sa.Column("topic_id", sa.Uuid(as_uuid=False), primary_key=True, info=NONE),
    sa.Column("published_ms", sa.BigInteger, nullable=False, info=NONE),
    sa.Index("mention_topic_published", "topic_id", "published_ms"),
    comment="Which topics a mention speaks of; the time is the mention's, so that a topic's are found in order.",
)

quarantined_mention = sa.Table(
    "quarantined_mention",
    metadata,
    sa.Column("fingerprint", sa.LargeBinary, primary_key=True, info=PSEUDONYMOUS),
    sa.Column("native_id", sa.Text, nullable=True, info=PSEUDONYMOUS),
    sa.Column("platform", sa.Text, nullable=True, info=NONE),
    sa.Column("text", sa.Text, nullable=True, info=REDACTED),
    sa.Column("reasons", sa.Text, nullable=False, info=NONE),
    sa.Column("received_ms", sa.BigInteger, nullable=False, info=NONE),
    comment="What could not be taken and why; the same again is the same row.",
)
