"""Queries of evidence."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.holdings import Holding
from services.verify.evidence.domain import Proof
from services.verify.evidence.tables import evidence


async def add_proof(tx: AsyncConnection, proof: Proof) -> None:
    """Keep `proof`."""
    fields = proof._asdict()
    del fields["blind_index"]
    await tx.execute(sa.insert(evidence).values(fields))


HOLDINGS = (Holding("evidence", evidence.c.subject),)
