"""Topics and the version of the whole set."""

import sqlalchemy as sa

from kernel.store.columns import PLAIN
from services.social.tables import metadata

topic = sa.Table(
    "topic",
    metadata,
    sa.Column("topic_id", sa.Uuid(as_uuid=False), primary_key=True, info=PLAIN),
    sa.Column("name", sa.Text, nullable=False, info=PLAIN),
    sa.Column("kind", sa.Text, nullable=False, info=PLAIN),
    sa.Column("any_of", sa.Text, nullable=False, info=PLAIN),
    sa.Column("all_of", sa.Text, nullable=False, info=PLAIN),
    sa.Column("none_of", sa.Text, nullable=False, info=PLAIN),
    sa.Column("created_ms", sa.BigInteger, nullable=False, info=PLAIN),
    sa.Column("labelled", sa.Boolean, nullable=False, info=PLAIN),
    sa.Column("label_cursor", sa.Uuid(as_uuid=False), nullable=True, info=PLAIN),
    info={"distribution": "reference"},
    comment="`labelled`: mentions older than the topic carry it; `label_cursor`: how far that work has come.",
)

topic_book = sa.Table(
    "topic_book",
    metadata,
    sa.Column("book", sa.Integer, primary_key=True, autoincrement=False, info=PLAIN),
    sa.Column("version", sa.BigInteger, nullable=False, info=PLAIN),
    info={"distribution": "reference"},
    comment="One row, locked by whoever adds a topic and shared by whoever applies the set.",
)
