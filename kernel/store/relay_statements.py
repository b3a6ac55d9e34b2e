"""The relay's statements, built once: building one costs more than SQLite needs to run it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from kernel.store.bulk import one_of_given

STAMPED = ("id", "topic", "events", "first_sequence", "size")
"""The columns of an outbox row that the relay sends."""


@dataclass(frozen=True, slots=True)
class RelayStatements:
    """Parameters are named in each line; `one_of_given` says what `given` is."""

    lease: sa.Select[Any]
    """The relay's row, locked."""
    prolong: sa.Update
    """`new_fence`, `new_until`."""
    count_on: sa.Update
    """`following`: the sequence of the next event."""
    delete: sa.Delete
    """`given`: ids."""
    stamped: sa.Select[Any]
    """Rows that have their numbers; `rows`."""
    stamp: sa.sql.dml.ReturningUpdate[Any]
    """Number the oldest from `counter` on, at most `rows`, until they hold `enough` events."""


@lru_cache(maxsize=64)
def relay_statements(relay: sa.Table, outbox: sa.Table, dialect: str) -> RelayStatements:
    """The statements over one service's tables."""
    return RelayStatements(
        lease=sa.select(relay).with_for_update(),
        prolong=sa.update(relay).values(
            fence=sa.bindparam("new_fence"), lease_until=sa.bindparam("new_until")
        ),
        count_on=sa.update(relay).values(next_sequence=sa.bindparam("following")),
        delete=sa.delete(outbox).where(one_of_given(dialect, outbox.c.id)),
        stamped=sa.select(*(outbox.c[name] for name in STAMPED))
        .where(outbox.c.first_sequence.is_not(None))
        .order_by(outbox.c.first_sequence)
        .limit(sa.bindparam("rows", type_=sa.Integer)),
        stamp=_stamp(outbox),
    )


def _stamp(outbox: sa.Table) -> sa.sql.dml.ReturningUpdate[Any]:
    before = sa.func.sum(outbox.c.size).over(order_by=outbox.c.id) - outbox.c.size
    oldest = (
        sa.select(outbox.c.id, before.label("before"))
        .where(outbox.c.first_sequence.is_(None))
        .order_by(outbox.c.id)
        .limit(sa.bindparam("rows", type_=sa.Integer))
        .subquery()
    )
    return (
        sa.update(outbox)
        .where(outbox.c.id == oldest.c.id, oldest.c.before < sa.bindparam("enough", type_=sa.Integer))
        .values(first_sequence=oldest.c.before + sa.bindparam("counter", type_=sa.BigInteger))
        .returning(*(outbox.c[name] for name in STAMPED))
    )
