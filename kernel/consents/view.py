"""Following the ledger: each person's newest state as the service keeps it, and a watermark for each partition."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.consents.domain import newest_beats, newest_states
from kernel.contracts.consents import ConsentChanged
from kernel.contracts.event import Event
from kernel.store.bulk import insert_many
from kernel.store.columns import PLAIN
from kernel.store.moments import UtcTime

Keep = Callable[[AsyncConnection, Mapping[str, ConsentChanged]], Awaitable[None]]
"""Keeps states by subject; one of a lower version never replaces a higher one."""


@dataclass(frozen=True, slots=True)
class Watermarks:
    """Up to when each partition's consent changes are in the view, by the table that `add_watermarks` made."""

    table: sa.Table

    @property
    def _moment(self) -> sa.Column[datetime]:
        return next(column for column in self.table.columns if not column.primary_key)

    async def move(self, tx: AsyncConnection, beats: Mapping[int, datetime]) -> None:
        """Move the watermarks of partitions forward, never back."""
        partitions = sorted(beats)  # one order everywhere, so that two members never wait for each other
        name = self._moment.name
        await insert_many(
            tx,
            self.table,
            {"partition": partitions, name: [beats[partition] for partition in partitions]},
            conflict=f'("partition") DO UPDATE SET "{name}" = excluded."{name}" '
            f'WHERE excluded."{name}" > "{self.table.name}"."{name}"',
        )

    async def seen_to(self, connection: AsyncConnection, partitions: Collection[int]) -> datetime | None:
        """The oldest watermark of `partitions`, None where one of them was never heard of."""
        mine = self.table.c.partition.in_(partitions)
        query = sa.select(sa.func.count(), sa.func.min(self._moment)).where(mine)
        heard, oldest = (await connection.execute(query)).one()
        return oldest if heard == len(partitions) else None


def add_watermarks(
    metadata: sa.MetaData,
    name: str,
    moment: str,
    comment: str,
    kind: type[sa.types.TypeEngine[Any]] = UtcTime,
) -> Watermarks:
    """Add the table of a service's watermarks to its metadata; `moment` names the column that holds them."""
    table = sa.Table(
        name,
        metadata,
        sa.Column("partition", sa.Integer, primary_key=True, autoincrement=False, info=PLAIN),
        sa.Column(moment, kind, nullable=False, info=PLAIN),
        info={"distribution": "reference"},
        comment=comment,
    )
    return Watermarks(table)


async def follow(tx: AsyncConnection, events: Sequence[Event], keep: Keep, marks: Watermarks) -> None:
    """Keep each person's newest state, then move the watermarks past it: both or neither."""
    states = newest_states(events)
    if states:
        await keep(tx, states)
    await marks.move(tx, newest_beats(events))
