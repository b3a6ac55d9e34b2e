"""`consents.changed` and `subjects.changed`: the view of consents follows them."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.consents.view import follow
from kernel.contracts.event import Event
from kernel.contracts.subjects import SubjectErased, SubjectMerged, SubjectSplit
from kernel.privacy.purposes import Purpose
from kernel.store.consumer import Handler
from kernel.store.erasures import Erasures
from services.verify.holders.repository import keep_merges, keep_states
from services.verify.holders.tables import watermarks


async def follow_consents(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Keep consent to verification, and how far it is known."""
    await follow(tx, events, keep_states, watermarks)


async def follow_merges(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Keep who is read as whom."""
    await keep_merges(tx, [event for event in events if isinstance(event, SubjectMerged | SubjectSplit)])


async def follow_people(erasures: Erasures, tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Keep who is read as whom; who is erased is forgotten."""
    await follow_merges(tx, events)
    for event in events:
        if isinstance(event, SubjectErased):
            await erasures.begin(tx, event.request_id, event.origins, event.recorded_at)


def holder_handlers(erasures: Erasures) -> list[Handler]:
    """The topics behind the view. Merges of erased people are kept too: they lead to the origins left."""
    return [
        Handler("consents.changed", Purpose.VERIFICATION, follow_consents),
        Handler("subjects.changed", Purpose.VERIFICATION, partial(follow_people, erasures), sees_erased=True),
    ]
