"""Mentions, what was read in them, and what could not be taken."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN, PSEUDONYM, REDACTED, subject_column
from services.social.tables import metadata

_PENDING = sa.text("pending")

mention = sa.Table(
    "mention",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYM),
    sa.Column("native_id", sa.Text, nullable=False, info=PSEUDONYM),
    sa.Column("platform", sa.Text, nullable=False, info=PLAIN),
    sa.Column("version", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False, info=PSEUDONYM),
    sa.Column("author", sa.Text, nullable=True, info=PSEUDONYM),
    sa.Column("text", sa.Text, nullable=False, info=REDACTED),
    sa.Column("url", sa.Text, nullable=True, info=PSEUDONYM),
    sa.Column("published_ms", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("received_ms", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("stated_lang", sa.Text, nullable=True, info=PLAIN),
    sa.Column("rating", sa.Float, nullable=True, info=PLAIN),
    sa.Column("metrics", sa.Text, nullable=False, info=PLAIN),
    sa.Column("pending", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("linkable", sa.Boolean, nullable=False, server_default=sa.false(), info=PLAIN),
    sa.Index("mention_author", "author"),
    sa.Index("mention_published", "published_ms", "mention_id"),
    sa.Index("mention_pending", "mention_id", sqlite_where=_PENDING, postgresql_where=_PENDING),
    info={"distribution": "mention_id"},
    comment="`mention_id` is a keyed hash of platform and native id; `pending`: this version is not analysed yet;"
    " `linkable`: the terms of its platform and of who brought it let it be tied to a person.",
)

mention_told = sa.Table(
    "mention_told",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYM),
    subject_column("subject", nullable=False, index=True),
    info={"distribution": "mention_id"},
    comment="Mentions that were told as a person's, and whose; all others count in aggregates only.",
)

mention_analysis = sa.Table(
    "mention_analysis",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYM),
    sa.Column("version", sa.Integer, nullable=False, info=PLAIN),
    sa.Column("lang", sa.Text, nullable=False, info=PLAIN),
    sa.Column("sentiment", sa.Text, nullable=False, info=PLAIN),
    sa.Column("score", sa.Float, nullable=False, info=PLAIN),
    sa.Column("abstained", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("emotion", sa.Text, nullable=False, info=PLAIN),
    sa.Column("intents", sa.Text, nullable=False, info=PLAIN),
    sa.Column("spam", sa.Text, nullable=False, info=PLAIN),
    sa.Column("spam_score", sa.Float, nullable=False, info=PLAIN),
    sa.Column("model", sa.Text, nullable=False, info=PLAIN),
    info={"distribution": "mention_id"},
    comment="What was read in version `version` of a mention.",
)

mention_aspect = sa.Table(
    "mention_aspect",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYM),
    sa.Column("aspect", sa.Text, primary_key=True, info=PLAIN),
    sa.Column("polarity", sa.Text, nullable=False, info=PLAIN),
    sa.Column("evidence", sa.Text, nullable=False, info=REDACTED),
    info={"distribution": "mention_id"},
    comment="What a mention says about each aspect.",
)

mention_topic = sa.Table(
    "mention_topic",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYM),
    sa.Column("topic_id", sa.Uuid(as_uuid=False), primary_key=True, info=PLAIN),
    sa.Column("published_ms", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Index("mention_topic_published", "topic_id", "published_ms"),
    info={"distribution": "mention_id"},
    comment="Which topics a mention speaks of; the time is the mention's, so that a topic's are found in order.",
)

quarantined_mention = sa.Table(
    "quarantined_mention",
    metadata,
    sa.Column("fingerprint", sa.LargeBinary, primary_key=True, info=PSEUDONYM),
    sa.Column("native_id", sa.Text, nullable=True, info=PSEUDONYM),
    sa.Column("platform", sa.Text, nullable=True, info=PLAIN),
    sa.Column("text", sa.Text, nullable=True, info=REDACTED),
    sa.Column("reasons", sa.Text, nullable=False, info=PLAIN),
    sa.Column("received_ms", sa.BigInteger, nullable=False, info=PLAIN),
    info={"distribution": "fingerprint"},
    comment="What could not be taken and why; the same again is the same row.",
)

mention_origin = sa.Table(
    "mention_origin",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYM),
    sa.Column("connector_id", sa.Uuid(as_uuid=False), nullable=False, info=PLAIN),
    sa.Column("expires_ms", sa.BigInteger, nullable=True, info=PLAIN),
    sa.Index("mention_origin_expires", "expires_ms"),
    info={"distribution": "mention_id"},
    comment="Which connector brought a mention, and until when its terms let it be kept unless it is seen again.",
)

mention_removed = sa.Table(
    "mention_removed",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYM),
    sa.Column("at_ms", sa.BigInteger, nullable=False, info=PLAIN),
    info={"distribution": "mention_id"},
    comment="Mentions that their platform or author took back: a repeated call does not bring them in again.",
)

mention_review = sa.Table(
    "mention_review",
    metadata,
    sa.Column("mention_id", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYM),
    sa.Column("state", sa.Text, nullable=False, info=PLAIN),
    sa.Column("labels", sa.Text, nullable=False, info=PLAIN),
    sa.Column("by_client", sa.Text, nullable=False, info=PSEUDONYM),
    sa.Column("at_ms", sa.BigInteger, nullable=False, info=PLAIN),
    info={"distribution": "mention_id"},
    comment="What a person says of an analysis: `disputed`, or `corrected` with labels (JSON). Goes with its mention.",
)
