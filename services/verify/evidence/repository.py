"""Queries of evidence."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.store.bulk import insert_many
from kernel.store.holdings import rows_about
from services.verify.evidence.domain import Finding, Proof
from services.verify.evidence.tables import evidence, finding

_CHANGED_HANDS = (
    "(number_evidence.kind = 'possession' AND number_evidence.subject IS NOT NULL "
    "AND excluded.subject IS NOT NULL AND number_evidence.subject <> excluded.subject)"
)
_NEWER = (
    "(number_key, kind) DO UPDATE SET ok = excluded.ok, at = excluded.at, method = excluded.method, "
    "source = excluded.source, subject = coalesce(excluded.subject, number_evidence.subject), "
    f"recycled = {_CHANGED_HANDS} OR number_evidence.recycled WHERE excluded.at >= number_evidence.at"
)


async def add_proof(tx: AsyncConnection, proof: Proof) -> None:
    """Keep `proof`."""
    fields = proof._asdict()
    del fields["blind_index"]
    await tx.execute(sa.insert(evidence).values(fields))


async def keep_findings(tx: AsyncConnection, number_key: bytes, findings: Sequence[Finding]) -> None:
    """Keep the newest of each kind: what is older than the one that is known changes nothing."""
    rows = sorted(findings, key=lambda one: one.kind)  # one order everywhere
    columns = {name: [getattr(one, name) for one in rows] for name in Finding._fields}
    await insert_many(tx, finding, {"number_key": [number_key] * len(rows), **columns}, conflict=_NEWER)


async def findings_of(connection: AsyncConnection, number_key: bytes) -> list[Finding]:
    """What is known of a number."""
    query = sa.select(*(finding.c[name] for name in Finding._fields))
    rows = await connection.execute(query.where(finding.c.number_key == number_key).order_by(finding.c.kind))
    return [Finding(*row) for row in rows]


HOLDINGS = (rows_about("evidence", evidence.c.subject), rows_about("findings", finding.c.subject))
