"""`privacy.requested` and `subjects.changed`: people who are to be erased."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.privacy import ErasureRequested
from kernel.contracts.subjects import SubjectErased
from kernel.privacy.purposes import Purpose
from kernel.store.consumer import Handler
from services.verify.erasures.service import begin_erasure


async def see_erasures(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Begin each erasure; whichever topic tells of it first."""
    for event in events:
        if isinstance(event, ErasureRequested | SubjectErased):
            await begin_erasure(tx, event.request_id, event.origins, event.recorded_at)


def erasure_handlers() -> list[Handler]:
    """Read for `legal`: the person's own right."""
    return [
        Handler("subjects.changed", Purpose.LEGAL, see_erasures, sees_erased=True),
        Handler("privacy.requested", Purpose.LEGAL, see_erasures, sees_erased=True),
    ]
