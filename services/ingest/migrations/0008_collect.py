"""What holds a record back from somebody, and who may speak for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


SUBJECT = (
    "A person. documents: bits of the kinds of national ids held, 4 where they proved to hold a phone, 8 where they"
    " claim somebody else's identifier; births: hashes of the dates of birth and names told; facets: hashes of the last facets;"
    " own: consent evidence accepted here; ledger: the consent ledger's state as last heard; family: whom it is read as,"
    " for everybody who was merged."
)
SOURCE = (
    "Where records come from; default_consent (JSON) stands for sites that load their SDK after consent;"
    " vouches: it knows whom it serves."
)


def upgrade() -> None:
    """Births told of people, sources that vouch, trust of answers; whoever proved a phone until now."""
    op.add_column("subject", sa.Column("births", sa.LargeBinary(), nullable=True))
    op.add_column("campaign_response", sa.Column("trust", sa.Float(), nullable=True))
    op.add_column("source", sa.Column("vouches", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name == "postgresql":
        op.create_table_comment("subject", SUBJECT)
        op.create_table_comment("source", SOURCE)
    op.execute(
        "UPDATE subject SET documents = documents | 4 WHERE id IN"
        " (SELECT subject_id FROM identifier WHERE proved_at IS NOT NULL)"
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("campaign_response", "trust")
    op.drop_column("source", "vouches")
    op.drop_column("subject", "births")
