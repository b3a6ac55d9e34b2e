"""Queries of circuits: each change is one statement, so that no process overwrites what another one saw."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from services.verify.senders.domain import FAILURES, REST, Circuit
from services.verify.senders.tables import circuit


async def all_circuits(connection: AsyncConnection) -> dict[str, Circuit]:
    """Every circuit by its sender's name; a carrier that never failed has none."""
    return {
        row.sender: Circuit(row.failures, row.open_until)
        for row in await connection.execute(circuit.select())
    }


async def count_failure(tx: AsyncConnection, sender: str, now: datetime) -> Circuit:
    """Count a failure; the circuit after it."""
    server = tx.dialect.name == "postgresql"
    insert = (postgresql.insert if server else sqlite.insert)(circuit).values(sender=sender, failures=1)
    failures = circuit.c.failures + 1
    until = sa.case((failures >= FAILURES, sa.literal(now + REST, circuit.c.open_until.type)))
    counted = insert.on_conflict_do_update(
        index_elements=["sender"], set_={"failures": failures, "open_until": until}
    )
    row = (await tx.execute(counted.returning(circuit.c.failures, circuit.c.open_until))).one()
    return Circuit(row.failures, row.open_until)


async def mend(tx: AsyncConnection, sender: str) -> None:
    """The carrier took a message: what failed before counts no more."""
    mine = sa.update(circuit).where(circuit.c.sender == sender)
    await tx.execute(mine.values(failures=0, open_until=None))


async def take_trial(tx: AsyncConnection, sender: str, now: datetime) -> bool:
    """Claim the one message that tries a rested carrier: the others go on leaving it alone meanwhile."""
    rested = sa.update(circuit).where(circuit.c.sender == sender, circuit.c.open_until <= now)
    return (await tx.execute(rested.values(open_until=now + REST))).rowcount == 1
