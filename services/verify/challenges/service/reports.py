"""What carriers tell of messages: applied once, whatever is told twice or out of order."""

from functools import partial

from kernel.chassis import Job
from kernel.contracts.phones import PhoneVerified
from kernel.ids import canonical_id, new_id
from kernel.store.engine import Database
from services.verify.challenges import records, repository
from services.verify.challenges.repository import Found, Sending
from services.verify.challenges.service.desk import Verifications
from services.verify.challenges.service.sending import fall_back
from services.verify.evidence.domain import WEIGHTS, Finding
from services.verify.evidence.service import record_reached
from services.verify.senders.meters import sending_metrics
from services.verify.senders.port import Delivery
from services.verify.senders.smpp import Receipt, SmppSender, hear_receipts

_OPEN = ("handed", "sent", "unknown", "late")


async def note_delivery(database: Database, desk: Verifications, provider: str, delivery: Delivery) -> bool:
    """Apply one report of `provider`; False where its message is unknown or had ended before."""
    now, state = desk.clock(), "delivered" if delivery.delivered else "failed"
    async with database.transaction() as tx:
        key = canonical_id(delivery.key) if delivery.key else None
        sending = await records.find_sending(tx, key, provider, delivery.reference)
        if sending is None or not await records.settle(tx, sending.id, state, now, among=_OPEN):
            return False
        row = await repository.find_any(tx, sending.challenge_id or "")
        erased = bool(row and row.subject and await desk.holders.erased(tx, row.subject))
        if row is not None and not erased:
            reached = Finding("reachable", delivery.delivered, now, sending.channel, provider, row.subject)
            event = _reached(desk, row, sending) if delivery.delivered else None
            await record_reached(tx, desk.store, sending.number_key, reached, event)
    if delivery.delivered:
        sending_metrics().verifications.labels("delivered").inc()
    if not delivery.delivered and row is not None:
        await fall_back(database, desk, row.id)
    return True


async def note_receipt(database: Database, desk: Verifications, provider: str, receipt: Receipt) -> bool:
    """Apply a receipt; False where no message of `provider` has any of the references that it may mean."""
    references = receipt.references()
    async with database.snapshot() as connection:
        known = await records.by_references(connection, provider, references)
    key = next((known[one] for one in references if one in known), None)
    if key is None:
        return False
    await note_delivery(database, desk, provider, Delivery(key, None, receipt.delivered, receipt.reason))
    return True


def receipt_jobs(database: Database, desk: Verifications) -> list[Job]:
    """Listening to the carriers that report by a connection of ours instead of a callback."""
    return [
        partial(hear_receipts, sender, partial(note_receipt, database, desk, sender.name))
        for sender in desk.carriers.senders
        if isinstance(sender, SmppSender) and sender.reports
    ]


def _reached(desk: Verifications, row: Found, sending: Sending) -> PhoneVerified | None:
    """The event of a number that a message reached, where it is a known person's and still sealed."""
    content = desk.keys.open(row.id, row.sealed)
    if row.subject is None or content is None or content.blind_index is None:
        return None
    now = desk.clock()
    return PhoneVerified(
        id=new_id(),
        version=PhoneVerified.VERSION,
        subject=row.subject,
        occurred_at=now,
        recorded_at=now,
        index=content.blind_index,
        verification_id=row.id,
        purpose=row.purpose,
        method=sending.channel,
        verified_at=now,
        kind="reachable",
        confidence=WEIGHTS["reachable"],
        half_life_days=desk.half_lives["reachable"],
    )
