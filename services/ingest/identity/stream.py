"""Topic door of identity: which phones were proved to be held."""

from base64 import urlsafe_b64decode
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.phones import PhoneVerified
from kernel.store.consumer import Handler
from services.ingest import moments
from services.ingest.identity.service import note_proved


def proved_handler() -> Handler:
    """Reads `phones.verified` for the service itself: whom a record is about. That a number was reached proves nothing."""

    async def on_verified(tx: AsyncConnection, events: Sequence[Event]) -> None:
        proofs = [
            event for event in events if isinstance(event, PhoneVerified) and event.kind == "possession"
        ]
        proved = {
            urlsafe_b64decode(event.index + "=="): moments.micros(event.verified_at)
            for event in proofs
            if event.index
        }
        await note_proved(tx, proved, [event.subject for event in proofs if event.subject])

    return Handler("phones.verified", "service", on_verified)
