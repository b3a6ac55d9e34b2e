"""Recording what was proved, and telling how much of it is left."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.phones import PhoneVerified
from kernel.ids import new_id
from kernel.privacy.purposes import Purpose
from kernel.store.outbox import publish
from kernel.store.tables import StoreTables
from kernel.telemetry import current_traceparent
from services.verify.evidence.domain import HALF_LIVES, Finding, Proof, confidence_in
from services.verify.evidence.repository import add_proof, findings_of, keep_findings

__all__ = ["findings_of", "record_findings", "record_proof", "record_reached"]


async def record_proof(
    tx: AsyncConnection,
    store: StoreTables,
    proof: Proof,
    number_key: bytes,
    half_lives: Mapping[str, int] = HALF_LIVES,
) -> None:
    """Keep `proof` and announce it (`PhoneVerified`) in the transaction that used the code up.

    A code for a rights request (`legal`) proves who holds the number today and makes nobody its person: whoever was
    sold a used number could otherwise become its former holder by asking twice.
    """
    await add_proof(tx, proof)
    if proof.purpose == Purpose.LEGAL:
        return
    found = Finding("possession", True, proof.verified_at, proof.method, proof.client_id, proof.subject)
    reached = found._replace(kind="reachable")
    await keep_findings(tx, number_key, [found, reached])
    confidence = confidence_in(await findings_of(tx, number_key), proof.verified_at, half_lives)
    event = PhoneVerified(
        id=new_id(),
        version=PhoneVerified.VERSION,
        subject=proof.subject,
        occurred_at=proof.verified_at,
        recorded_at=proof.verified_at,
        traceparent=current_traceparent(),
        index=proof.blind_index,
        verification_id=proof.verification_id,
        purpose=proof.purpose,
        method=proof.method,
        verified_at=proof.verified_at,
        confidence=confidence,
        half_life_days=half_lives["possession"],
    )
    await publish(tx, store, [event])


async def record_findings(tx: AsyncConnection, number_key: bytes, findings: Sequence[Finding]) -> None:
    """Keep what was seen of a number; an older sight never replaces a newer one."""
    await keep_findings(tx, number_key, findings)


async def record_reached(
    tx: AsyncConnection, store: StoreTables, number_key: bytes, reached: Finding, event: PhoneVerified | None
) -> None:
    """A message arrived, or did not; announced where the number is somebody's and it did."""
    await keep_findings(tx, number_key, [reached])
    if event is not None and reached.ok:
        await publish(tx, store, [event])
