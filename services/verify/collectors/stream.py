"""`records.accepted`: how the records that name a collector were taken."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.contracts.event import Event
from kernel.contracts.records import RecordAccepted, RecordGlance
from kernel.privacy.purposes import Purpose
from kernel.store.consumer import Handler, Sift
from services.verify.collectors.service import count_records


async def watch_collection(tx: AsyncConnection, events: Sequence[Event]) -> None:
    """Count; records without a collector cost a comparison."""
    taken = [event for event in events if isinstance(event, RecordAccepted) and event.collector is not None]
    if taken:
        await count_records(tx, taken)


def collector_handlers() -> list[Handler]:
    """Read for `service`: the records serve a person only if they are true."""
    sift = Sift(RecordGlance, _names_collector)
    return [Handler("records.accepted", Purpose.SERVICE, watch_collection, sift=sift)]


def _names_collector(event: RecordGlance) -> bool:
    return event.collector is not None
