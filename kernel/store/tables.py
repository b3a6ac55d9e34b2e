"""The tables that every service's database holds beside its own: outbox, relay, positions, dead letters, erasures."""

from dataclasses import dataclass

import sqlalchemy as sa

from kernel.store.columns import CIPHERTEXT, PLAIN, PSEUDONYM, UUID
from kernel.store.moments import UtcTime


@dataclass(frozen=True, slots=True)
class StoreTables:
    """The kernel's tables as they stand in one service's metadata."""

    outbox: sa.Table
    relay: sa.Table
    position: sa.Table
    mark: sa.Table
    dead_letter: sa.Table
    erased: sa.Table
    erasure: sa.Table
    kept_answer: sa.Table


def store_tables(metadata: sa.MetaData) -> StoreTables:
    """Add the kernel's tables to a service's metadata."""
    return StoreTables(
        outbox=_outbox(metadata),
        relay=_relay(metadata),
        position=_position(metadata),
        mark=_mark(metadata),
        dead_letter=_dead_letter(metadata),
        erased=_erased(metadata),
        erasure=_erasure(metadata),
        kept_answer=_kept_answer(metadata),
    )


def _outbox(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "outbox",
        metadata,
        sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True, info=PLAIN),
        sa.Column("topic", sa.Text, nullable=False, info=PLAIN),
        sa.Column("size", sa.Integer, nullable=False, info=PLAIN),
        sa.Column("events", sa.LargeBinary, nullable=False, info=PSEUDONYM),
        sa.Column("first_sequence", sa.BigInteger, nullable=True, index=True, info=PLAIN),
        comment="Events of one transaction, waiting for the relay; numbered when relayed, not when inserted.",
    )


def _relay(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "relay",
        metadata,
        sa.Column("producer", sa.Text, primary_key=True, info=PLAIN),
        sa.Column("epoch", sa.Text, nullable=False, info=PLAIN),
        sa.Column("next_sequence", sa.BigInteger, nullable=False, info=PLAIN),
        sa.Column("fence", sa.BigInteger, nullable=False, info=PLAIN),
        sa.Column("lease_until", sa.Float, nullable=False, info=PLAIN),
        comment="One row: which relay holds the lease, and the sequence counter of this epoch.",
    )


def _position(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "consumer_position",
        metadata,
        sa.Column("consumer", sa.Text, primary_key=True, info=PLAIN),
        sa.Column("topic", sa.Text, primary_key=True, info=PLAIN),
        sa.Column("partition", sa.Integer, primary_key=True, info=PLAIN),
        sa.Column("next_offset", sa.BigInteger, nullable=False, info=PLAIN),
        comment="The next offset to apply, moved in the transaction of the effect.",
    )


def _mark(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "producer_mark",
        metadata,
        sa.Column("consumer", sa.Text, primary_key=True, info=PLAIN),
        sa.Column("topic", sa.Text, primary_key=True, info=PLAIN),
        sa.Column("partition", sa.Integer, primary_key=True, info=PLAIN),
        sa.Column("producer", sa.Text, primary_key=True, info=PLAIN),
        sa.Column("epoch", sa.Text, primary_key=True, info=PLAIN),
        sa.Column("sequence", sa.BigInteger, nullable=False, info=PLAIN),
        comment="The last sequence applied of each producer: a re-sent event is at or below it.",
    )


def _dead_letter(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "dead_letter",
        metadata,
        sa.Column("consumer", sa.Text, primary_key=True, info=PLAIN),
        sa.Column("topic", sa.Text, primary_key=True, info=PLAIN),
        sa.Column("partition", sa.Integer, primary_key=True, info=PLAIN),
        sa.Column("offset", sa.BigInteger, primary_key=True, info=PLAIN),
        sa.Column("subject", sa.Text, nullable=True, index=True, info=PSEUDONYM),
        sa.Column("value", sa.LargeBinary, nullable=False, info=PSEUDONYM),
        sa.Column("reason", sa.Text, nullable=False, info=PLAIN),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, info=PLAIN),
        comment="Events that could not be applied, with their bytes; erasure deletes by subject.",
    )


def _erased(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "erased",
        metadata,
        sa.Column("subject", sa.Uuid(as_uuid=False), primary_key=True, info=PSEUDONYM),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, info=PLAIN),
        comment="Ids of erased people, for ever, so that no backlog, dead letter or rewind brings them back.",
    )


def _erasure(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "erasure",
        metadata,
        sa.Column("request_id", UUID, primary_key=True, info=PLAIN),
        sa.Column("origins", sa.JSON, nullable=False, info=PSEUDONYM),
        sa.Column("destroyed", sa.JSON, nullable=False, info=PLAIN),
        sa.Column("requested_at", UtcTime, nullable=False, info=PLAIN),
        sa.Column("confirmed_at", UtcTime, nullable=True, index=True, info=PLAIN),
        comment="Erasures to carry out and those confirmed; `destroyed` counts by what it was.",
    )


def _kept_answer(metadata: sa.MetaData) -> sa.Table:
    return sa.Table(
        "kept_answer",
        metadata,
        sa.Column("id", sa.LargeBinary, primary_key=True, info=PLAIN),
        sa.Column("request", sa.LargeBinary, nullable=True, info=PLAIN),
        sa.Column("answer", sa.LargeBinary, nullable=True, info=CIPHERTEXT),
        sa.Column("mentions", sa.Text, nullable=False, info=PSEUDONYM),
        sa.Column("at", UtcTime, nullable=False, index=True, info=PLAIN),
        comment="First answers under an Idempotency-Key, for 24 hours. `id` and `request` are keyed hashes; `mentions`"
        " are the ids that the answer names, by which erasure finds it. No answer: it was carried out, and not answered.",
    )
