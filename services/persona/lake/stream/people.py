"""Handlers that keep the view of who may be used: consents, merges and splits, erasures."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.subjects import SubjectErased, SubjectMerged, SubjectSplit
from kernel.store.consumer import Handler
from kernel.store.erasures import Erasures
from services.persona.lake import service


def people_handlers(erasures: Erasures) -> list[Handler]:
    """The doors."""
    return [
        Handler("consents.changed", "profiling", service.see_consents),
        Handler("subjects.changed", "legal", partial(_subjects, erasures), sees_erased=True),
    ]


async def _subjects(erasures: Erasures, tx: AsyncConnection, events: Sequence[Event]) -> None:
    for event in events:
        if isinstance(event, SubjectMerged | SubjectSplit):
            await service.see_merge(tx, event)
        elif isinstance(event, SubjectErased):
            await erasures.begin(tx, event.request_id, event.origins, event.recorded_at)
