"""Recording what was proved."""

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.phones import PhoneVerified
from kernel.ids import new_id
from kernel.store.outbox import publish
from kernel.store.tables import StoreTables
from kernel.telemetry import current_traceparent
from services.verify.evidence.domain import Proof
from services.verify.evidence.repository import add_proof


async def record_proof(tx: AsyncConnection, store: StoreTables, proof: Proof) -> None:
    """Keep `proof` and announce it (`PhoneVerified`) in the transaction that used the code up."""
    await add_proof(tx, proof)
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
    )
    await publish(tx, store, [event])
