"""Topic door of campaigns: a record is valid once its person has proved to hold their phone."""

from base64 import urlsafe_b64decode
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.phones import PhoneVerified
from kernel.store.consumer import Handler
from services.ingest import moments
from services.ingest.campaigns.service import note_verified
from services.ingest.identity.service import subjects_of


def verified_handler() -> Handler:
    """Reads `phones.verified` for analytics: only counts are made of it."""

    async def on_verified(tx: AsyncConnection, events: Sequence[Event]) -> None:
        proved = {
            urlsafe_b64decode(event.index + "=="): moments.micros(event.verified_at)
            for event in events
            if isinstance(event, PhoneVerified) and event.index
        }
        holders = await subjects_of(tx, list(proved))
        await note_verified(tx, {holders[index]: at for index, at in proved.items() if index in holders})

    return Handler("phones.verified", "analytics", on_verified)
