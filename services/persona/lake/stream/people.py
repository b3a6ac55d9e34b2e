"""Handlers that keep the view of who may be used: consents, merges and splits, erasures."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.privacy import ErasureRequested
from kernel.contracts.subjects import SubjectErased, SubjectMerged, SubjectSplit
from kernel.store.consumer import Handler
from services.persona.lake import service
from services.persona.lake.service import Forget

TOPICS_READ = ("consents.changed", "subjects.changed", "privacy.requested")


def people_handlers(forget: Sequence[Forget]) -> list[Handler]:
    """The doors; `forget` are what every slice of the service does about erased origins."""
    return [
        Handler("consents.changed", "profiling", service.see_consents),
        Handler("subjects.changed", "legal", partial(_subjects, forget), sees_erased=True),
        Handler("privacy.requested", "legal", partial(_privacy, forget), sees_erased=True),
    ]


async def _subjects(forget: Sequence[Forget], tx: AsyncConnection, events: Sequence[Event]) -> None:
    for event in events:
        if isinstance(event, SubjectMerged | SubjectSplit):
            await service.see_merge(tx, event)
        elif isinstance(event, SubjectErased):
            await service.begin_erasure(tx, event.request_id, event.origins, event.recorded_at, forget)


async def _privacy(forget: Sequence[Forget], tx: AsyncConnection, events: Sequence[Event]) -> None:
    for event in events:
        if isinstance(event, ErasureRequested):
            await service.begin_erasure(tx, event.request_id, event.origins, event.recorded_at, forget)
