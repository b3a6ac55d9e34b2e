"""The topic door of erasure."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.privacy import ErasureRequested
from kernel.store.consumer import Handler
from services.ingest.erasure.service import begin


def erasure_handlers() -> list[Handler]:
    """Handlers of the group `privacy`."""
    return [Handler("privacy.requested", "legal", on_requests, sees_erased=True)]


async def on_requests(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Begin each erasure that was requested."""
    for event in events:
        if isinstance(event, ErasureRequested):
            await begin(tx, event.request_id, event.origins)
